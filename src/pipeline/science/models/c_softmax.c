/* Softmax regression by stochastic gradient descent, as a program of its own: it reads files and writes files.
 *
 *   train FOLDER rows features classes seed epochs learning_rate   train_x, train_y -> model
 *   predict FOLDER rows features classes                           x, model -> predicted
 *
 * Files hold little-endian numbers without a header: x float32 [rows, features], y and predicted int64 [rows], model
 * float64: the mean of each feature, the scale of each, then weights [classes, features + 1], the bias last.
 * Everything is computed in one thread, in the order written here, in double precision: the same bits each time.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t rows, features, classes;

static void *load(const char *folder, const char *name, size_t size, size_t count) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    void *values = malloc(size * count + 1);
    if (!file || !values || fread(values, size, count, file) != count || fgetc(file) != EOF) {
        fprintf(stderr, "%s: does not hold %zu values\n", name, count);
        exit(1);
    }
    fclose(file);
    return values;
}

static void save(const char *folder, const char *name, const void *values, size_t size, size_t count) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(values, size, count, file) != count || fclose(file)) {
        fprintf(stderr, "%s: cannot be written\n", name);
        exit(1);
    }
}

/* SplitMix64 (Steele, Lea & Flood 2014). */
static uint64_t next(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t model_size(void) { return 2 * features + classes * (features + 1); }

static void scores(const double *model, const float *example, double *scaled, double *found) {
    const double *mean = model, *scale = model + features, *weights = model + 2 * features;
    for (size_t j = 0; j < features; j++) scaled[j] = (example[j] - mean[j]) / scale[j];
    for (size_t k = 0; k < classes; k++) {
        const double *w = weights + k * (features + 1);
        double sum = w[features];
        for (size_t j = 0; j < features; j++) sum += w[j] * scaled[j];
        found[k] = sum;
    }
}

static void standardise(double *model, const float *x) {
    for (size_t j = 0; j < features; j++) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < rows; i++) mean += x[i * features + j];
        mean /= rows;
        for (size_t i = 0; i < rows; i++) variance += (x[i * features + j] - mean) * (x[i * features + j] - mean);
        model[j] = mean;
        model[features + j] = variance > 0 ? sqrt(variance / rows) : 1;
    }
}

static void step(double *model, const float *example, int64_t label, double rate, double *scaled, double *found) {
    scores(model, example, scaled, found);
    double most = found[0], total = 0;
    for (size_t k = 1; k < classes; k++) most = found[k] > most ? found[k] : most;
    for (size_t k = 0; k < classes; k++) total += found[k] = exp(found[k] - most);
    for (size_t k = 0; k < classes; k++) {
        double *w = model + 2 * features + k * (features + 1);
        double move = rate * (found[k] / total - ((int64_t)k == label));
        for (size_t j = 0; j < features; j++) w[j] -= move * scaled[j];
        w[features] -= move;
    }
}

static void train(const char *folder, uint64_t seed, size_t epochs, double rate) {
    float *x = load(folder, "train_x", sizeof *x, rows * features);
    int64_t *y = load(folder, "train_y", sizeof *y, rows);
    double *model = calloc(model_size(), sizeof *model);
    double *scaled = malloc(features * sizeof *scaled), *found = malloc(classes * sizeof *found);
    size_t *order = malloc(rows * sizeof *order);
    standardise(model, x);
    for (size_t i = 0; i < rows; i++) order[i] = i;
    for (size_t epoch = 0; epoch < epochs; epoch++) {
        for (size_t i = rows - 1; i > 0; i--) { /* Fisher-Yates */
            size_t other = next(&seed) % (i + 1), kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        double now = rate * (1 - (double)epoch / epochs);
        for (size_t i = 0; i < rows; i++) step(model, x + order[i] * features, y[order[i]], now, scaled, found);
    }
    save(folder, "model", model, sizeof *model, model_size());
}

static void predict(const char *folder) {
    float *x = load(folder, "x", sizeof *x, rows * features);
    double *model = load(folder, "model", sizeof *model, model_size());
    double *scaled = malloc(features * sizeof *scaled), *found = malloc(classes * sizeof *found);
    int64_t *predicted = malloc(rows * sizeof *predicted);
    for (size_t i = 0; i < rows; i++) {
        scores(model, x + i * features, scaled, found);
        predicted[i] = 0;
        for (size_t k = 1; k < classes; k++)
            if (found[k] > found[predicted[i]]) predicted[i] = k;
    }
    save(folder, "predicted", predicted, sizeof *predicted, rows);
}

int main(int count, char **argument) {
    if (count < 6) return fprintf(stderr, "usage: train|predict FOLDER rows features classes …\n"), 2;
    rows = strtoull(argument[3], NULL, 10);
    features = strtoull(argument[4], NULL, 10);
    classes = strtoull(argument[5], NULL, 10);
    if (!strcmp(argument[1], "train") && count == 9)
        train(argument[2], strtoull(argument[6], NULL, 10), strtoull(argument[7], NULL, 10), strtod(argument[8], NULL));
    else if (!strcmp(argument[1], "predict") && count == 6)
        predict(argument[2]);
    else
        return fprintf(stderr, "unknown verb, or another number of arguments\n"), 2;
    return 0;
}
