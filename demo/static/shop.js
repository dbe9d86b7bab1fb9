// The shop's own script: hands the page's events to dataLayer, in the two forms that shops use. It stores nothing.
window.dataLayer = window.dataLayer || [];

function gtag() {
  window.dataLayer.push(arguments);
}

/** @param {{ form: "object" | "gtag", name: string, parameters: object }} event */
function pushEvent({ form, name, parameters }) {
  if (form === "gtag") return gtag("event", name, parameters);
  window.dataLayer.push({ ecommerce: null });
  window.dataLayer.push({ event: name, ecommerce: parameters });
}

const pushes = document.getElementById("pushes");
if (pushes) JSON.parse(pushes.textContent).forEach(pushEvent);

/** Links push when they are followed, forms when they are sent. */
function pushOn(type, selector) {
  document.addEventListener(type, (event) => {
    const element = event.target.closest(selector);
    if (element) pushEvent(JSON.parse(element.dataset.push));
  });
}

pushOn("click", "a[data-push]");
pushOn("submit", "form[data-push]");
