// The page where publishers try camera and sound: the panel beside what everybody would see.

import { mountPlayer } from "./player.js";
import { mountPublisher } from "./publisher.js";

const page = document.querySelector("[data-video]");
const meeting = page.dataset.meeting;

mountPublisher(page.querySelector("[data-publisher]"), { meeting });
mountPlayer(page.querySelector("[data-player]"), { meeting });
