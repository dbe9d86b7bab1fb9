// Bottom bar with three buttons of equal weight and an opt-in category for each of our purposes; as in the guide.
CookieConsent.run({
  hideFromBots: false, // it hides from browsers driven by programs, and would not be measured at all
  guiOptions: { consentModal: { layout: "bar", equalWeightButtons: true } },
  categories: { statistics: {}, marketing: {}, personalisation: {}, profiling: {} },
  language: {
    default: "en",
    translations: {
      en: {
        consentModal: {
          title: "May we collect statistics about your visit?",
          description: "Demo shop stores what is described here only if you agree. You can withdraw at any time.",
          acceptAllBtn: "Accept all",
          acceptNecessaryBtn: "Reject all",
          showPreferencesBtn: "Choose",
          footer: '<a href="/privacy">Privacy notice</a>',
        },
        preferencesModal: {
          title: "Privacy choices",
          acceptAllBtn: "Accept all",
          acceptNecessaryBtn: "Reject all",
          savePreferencesBtn: "Save choices",
          closeIconLabel: "Close",
          sections: [
            { title: "Statistics", description: "Pages, time and browser.", linkedCategory: "statistics" },
            { title: "Marketing", description: "Which advertisement brought you here.", linkedCategory: "marketing" },
            { title: "Personal content", description: "Offers that fit.", linkedCategory: "personalisation" },
            { title: "Profiling", description: "Joining visits to an account.", linkedCategory: "profiling" },
          ],
        },
      },
    },
  },
});
