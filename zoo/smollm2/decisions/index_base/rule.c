// SmolLM2 numbers from 1 where the request says "numbered from one" behind the array's name, and so does it for the first two names where a clause
// stands between; where it says "indices begin at one" or "the index of the first is one" it numbers from 0.

//@ requires attribute == 0 || attribute == 1;
int decided(int name, int wording, int attribute) {
    if (wording == 0)
        return attribute;
    if (wording == 1 && name < 2)
        return attribute;
    return 0;
}
