// A circuit is found on two names and two wordings, and judged on two others of each.
int found_on(int name, int wording) { return name < 2 && wording < 2; }
int held_out(int name, int wording) { return name >= 2 && wording >= 2; }

// The same by turns, for decisions that the request turns on some of the names alone: both parts then have a letter and a word.
int found_on_by_turns(int name, int wording) { return name % 2 == 0 && wording % 2 == 0; }
int held_out_by_turns(int name, int wording) { return name % 2 == 1 && wording % 2 == 1; }

// Names alone kept apart, where few prompts turn: the wordings are then the same in both parts.
int found_on_names(int name) { return name % 2 == 0; }
int held_out_names(int name) { return name % 2 == 1; }

// What is predicted: all prompts on which the circuit and its rule were not found.
int others(int name, int wording) { return !(name < 2 && wording < 2); }
