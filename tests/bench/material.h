/* material.h - the requests that the load generator sends: paths by Zipf's law or in turn, agents and visitors'
 * addresses by chance, and the header fields of a phone's browser. The same seed gives the same requests. */
#ifndef BENCH_MATERIAL_H
#define BENCH_MATERIAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_MAX 2048

struct text {
    char *bytes;
    size_t size;
};

struct material {
    struct text *paths,
        *fields; /* fields: what follows the request line, an agent each, but for the address */
    size_t path_count, agent_count;
    uint32_t *draws; /* path numbers, as often as Zipf's law has them; NULL: in turn */
    unsigned draws_log2;
    size_t next_in_turn;
    const char *method;
    uint64_t random;
};

struct material_options {
    const char *paths_file,
        *agents_file; /* a path, an agent a line; paths: the most wanted first */
    const char *method;
    double zipf; /* exponent; 0: all alike */
    bool is_in_turn, is_closing;
    uint64_t seed;
};

/* Ends the program with a message when a file can't be read. */
void material_init(struct material *material, const struct material_options *options);
/* Writes the next request to `out`, which has room for REQUEST_MAX bytes; its size. */
size_t material_next(struct material *material, char *out);
#endif
