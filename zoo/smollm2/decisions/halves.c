// A circuit is found on two names and two wordings, and judged on two others of each.
int found_on(int name, int wording) { return name < 2 && wording < 2; }
int held_out(int name, int wording) { return name >= 2 && wording >= 2; }
