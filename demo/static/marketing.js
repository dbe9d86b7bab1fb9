// Stands for a marketing tag: the page holds it back until the visitor grants the purpose, then it shows that it ran.
const line = document.getElementById("marketing");
line.textContent = "marketing script ran";
line.dataset.ran = "true";
