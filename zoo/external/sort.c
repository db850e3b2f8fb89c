// Insertion sort; step 0 asks for the smallest number, step n for the end, which is 150.

static int in_domain(const int *numbers, int n) {
  for (int i = 0; i < n; i++)
    if (numbers[i] < 0 || numbers[i] > 149) return 0;
  return 1;
}

int sorted_element(const int *numbers, int n, int step) {
  //@ requires n >= 1 && n <= 3;
  //@ requires length(numbers) == n;
  //@ requires in_domain(numbers, n);
  //@ requires step >= 0 && step <= n;
  int sorted[3];
  for (int i = 0; i < n; i++) {
    int k = i;
    while (k > 0 && sorted[k - 1] > numbers[i]) {
      sorted[k] = sorted[k - 1];
      k--;
    }
    sorted[k] = numbers[i];
  }
  return step < n ? sorted[step] : 150;
}

// The same in another style: the number that has `step` numbers before it.
int reference(const int *numbers, int n, int step) {
  //@ requires n >= 1 && n <= 3;
  //@ requires length(numbers) == n;
  //@ requires in_domain(numbers, n);
  //@ requires step >= 0 && step <= n;
  for (int i = 0; i < n; i++) {
    int before = 0;
    for (int j = 0; j < n; j++) before += numbers[j] < numbers[i] || (numbers[j] == numbers[i] && j < i);
    if (before == step) return numbers[i];
  }
  return 150;
}
