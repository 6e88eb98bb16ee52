#include "material.h"

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAWS_LOG2_MIN 20
#define LINE_MAX_BYTES 1024
#define ADDRESS_SIZE 15

/* What Safari on a phone sends when a link of an app is tapped. The address comes last. */
static const char fields_format[] =
    " HTTP/1.1\r\n"
    "Host: go.example.com\r\n"
    "User-Agent: %s\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: cross-site\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Accept-Language: fr-FR,fr;q=0.9,en;q=0.8\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Referer: https://www.instagram.com/\r\n"
    "%s"
    "X-Forwarded-For: ";

/* xorshift64* (Vigna 2016). */
static uint64_t next_random(struct material *material)
{
    uint64_t x = material->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    material->random = x;
    return x * 0x2545F4914F6CDD1D;
}

static struct text *read_lines(const char *file, size_t *ret_count)
{
    FILE *stream = fopen(file, "r");
    if (!stream)
        err(1, "%s", file);
    struct text *lines = NULL;
    size_t count = 0, capacity = 0;
    char line[LINE_MAX_BYTES];
    while (fgets(line, sizeof line, stream)) {
        size_t size = strcspn(line, "\n");
        if (count == capacity) {
            capacity = capacity ? 2 * capacity : 1024;
            lines = reallocarray(lines, capacity, sizeof *lines);
            if (!lines)
                err(1, "%s", file);
        }
        lines[count].bytes = strndup(line, size);
        lines[count++].size = size;
    }
    fclose(stream);
    if (count == 0)
        errx(1, "%s: empty", file);
    *ret_count = count;
    return lines;
}

static void agents_to_fields(struct material *material, bool is_closing)
{
    for (size_t i = 0; i < material->agent_count; i++) {
        char *fields;
        int size = asprintf(&fields, fields_format, material->fields[i].bytes,
                            is_closing ? "Connection: close\r\n" : "");
        if (size < 0)
            err(1, "agents");
        free(material->fields[i].bytes);
        material->fields[i] = (struct text){fields, (size_t)size};
    }
}

/* A table of draws instead of a search at each request: the generator's time is not to be what limits. */
static void draw_paths(struct material *material, double zipf)
{
    double *sums = calloc(material->path_count, sizeof *sums);
    material->draws_log2 = DRAWS_LOG2_MIN;
    while ((size_t)1 << material->draws_log2 < material->path_count)
        material->draws_log2++;
    size_t count = (size_t)1 << material->draws_log2;
    material->draws = calloc(count, sizeof *material->draws);
    if (!sums || !material->draws)
        err(1, "paths");
    double sum = 0;
    for (size_t i = 0; i < material->path_count; i++) {
        sum += pow((double)(i + 1), -zipf);
        sums[i] = sum;
    }
    for (size_t i = 0; i < count; i++) {
        double at = (double)(next_random(material) >> 11) * 0x1p-53 * sum;
        size_t low = 0, high = material->path_count - 1;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (sums[middle] > at)
                high = middle;
            else
                low = middle + 1;
        }
        material->draws[i] = (uint32_t)low;
    }
    free(sums);
}

void material_init(struct material *material, const struct material_options *options)
{
    *material = (struct material){.method = options->method,
                                  .random = options->seed * 0x9E3779B97F4A7C15 + 1};
    material->paths = read_lines(options->paths_file, &material->path_count);
    material->fields = read_lines(options->agents_file, &material->agent_count);
    agents_to_fields(material, options->is_closing);
    if (!options->is_in_turn)
        draw_paths(material, options->zipf);
}

/* Public addresses, all of one size: each number but the first is 100 to 254. */
static void write_address(char out[ADDRESS_SIZE], uint64_t random)
{
    static const char firsts[16][4] = {"101", "103", "109", "113", "117", "121", "131", "139",
                                       "141", "151", "157", "163", "178", "185", "195", "217"};
    memcpy(out, firsts[random & 15], 3);
    for (int i = 1; i < 4; i++) {
        unsigned number = 100 + (unsigned)(random >> (8 * i) & 0xFF) * 155 / 256;
        char *at = out + 4 * i - 1;
        at[0] = '.';
        at[1] = (char)('0' + number / 100);
        at[2] = (char)('0' + number / 10 % 10);
        at[3] = (char)('0' + number % 10);
    }
}

static char *append(char *at, const char *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

size_t material_next(struct material *material, char *out)
{
    uint64_t random = next_random(material);
    size_t path;
    if (material->draws)
        path = material->draws[random >> (64 - material->draws_log2)];
    else
        path = material->next_in_turn++ % material->path_count;
    const struct text *target = &material->paths[path];
    const struct text *fields = &material->fields[(random >> 28 & 0xFFF) % material->agent_count];
    if (strlen(material->method) + target->size + fields->size + 32 > REQUEST_MAX)
        errx(1, "a request is larger than %d bytes", REQUEST_MAX);
    char *at = append(out, material->method, strlen(material->method));
    *at++ = ' ';
    at = append(at, target->bytes, target->size);
    at = append(at, fields->bytes, fields->size);
    write_address(at, random);
    at = append(at + ADDRESS_SIZE, "\r\n\r\n", 4);
    return (size_t)(at - out);
}
