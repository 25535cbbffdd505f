// What goes along with every reader: following who presents, the pointer, reading time, questions
// to passages. Each is a module that calls `onReader`; one line here brings it to the reader's own
// page and to the room alike.

import "./reading_time.js";
