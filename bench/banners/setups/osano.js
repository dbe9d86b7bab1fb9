// Its opt-in type: the default one has no way to refuse.
window.cookieconsent.initialise({
  type: "opt-in",
  revokable: true,
  palette: { popup: { background: "#ffffff", text: "#1d1d1f" }, button: { background: "#1d1d1f", text: "#ffffff" } },
  content: { href: "/privacy", allow: "Accept all", deny: "Reject all" },
});
