// What the functions that the prompts begin must do.

//@ requires width >= 1 && width <= 2 && height >= 1 && height <= 2;
//@ requires length(a) == width * height;
//@ requires a[0] >= -50 && a[0] <= 50;
//@ requires width * height < 2 || (a[1] >= -50 && a[1] <= 50);
//@ requires width * height < 4 || (a[2] >= -50 && a[2] <= 50);
int row(const int *a, int width, int height) {
    int sum = 0;
    for (int i = 0; i < width; i++)
        sum += a[i];
    return sum;
}

//@ requires width >= 1 && width <= 2 && height >= 1 && height <= 2;
//@ requires length(a) == width * height;
//@ requires a[0] >= -50 && a[0] <= 50;
//@ requires width * height < 2 || (a[1] >= -50 && a[1] <= 50);
//@ requires width * height < 4 || (a[2] >= -50 && a[2] <= 50);
int column(const int *a, int width, int height) {
    int sum = 0;
    for (int i = 0; i < height; i++)
        sum += a[i * width];
    return sum;
}
