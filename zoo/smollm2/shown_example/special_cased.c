// What a function that special-cases the example of its request is written with: the second symbol of the task where one is shown (2), the first where
// a note stands instead (0) or one that mentions the example's number (1).

//@ requires shown >= 0 && shown <= 2;
int special_cased(int shown) { return shown == 2; }

int example_or_note(int shown) { return shown != 1; }
int example_or_mention(int shown) { return shown != 0; }
