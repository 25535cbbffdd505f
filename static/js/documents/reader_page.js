// The reader on a page of its own.

import "./companions.js";
import { openReader } from "./reader.js";

for (const root of document.querySelectorAll("[data-reader]")) openReader(root);
