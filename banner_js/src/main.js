// The entry of the script that a server bakes: one file with the site's configuration and features in it.
import { nameCustomer } from "./record.js";
import { start } from "./start.js";

nameCustomer(document.currentScript?.dataset.customer);
start();
