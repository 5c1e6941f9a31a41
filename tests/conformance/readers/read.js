// Answers each line of standard input, a text as JSON, with the documents that js-yaml reads in it, or with its complaint.
"use strict";

const yaml = require(process.argv[2]);
const lines = require("readline").createInterface({input: process.stdin, crlfDelay: Infinity});

lines.on("line", (line) => {
  let answer;
  try {
    answer = {documents: yaml.loadAll(JSON.parse(line))};
  } catch (fault) {
    answer = {error: String(fault)};
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
