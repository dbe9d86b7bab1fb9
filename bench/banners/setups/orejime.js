// The required options of its README, and four purposes.
window.orejimeConfig = {
  privacyPolicyUrl: "/privacy",
  purposes: [
    { id: "statistics", title: "Statistics", description: "Pages, time and browser.", cookies: ["_st"] },
    { id: "marketing", title: "Marketing", description: "Which advertisement brought you here.", cookies: ["_mk"] },
    { id: "personalisation", title: "Personal content", description: "Offers that fit.", cookies: ["_pe"] },
    { id: "profiling", title: "Profiling", description: "Joining visits to an account.", cookies: ["_pr"] },
  ],
};
