#include "admin/suggest.h"

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance, a row at a time. */
static size_t distance(struct slice a, struct slice b)
{
    size_t row[SUGGEST_WORD_MAX + 1];
    for (size_t j = 0; j <= b.size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t above = row[j];
            size_t change = diagonal + (a.data[i - 1] != b.data[j - 1]);
            row[j] = least(above + 1, row[j - 1] + 1, change);
            diagonal = above;
        }
    }
    return row[b.size];
}

void suggestion_init(struct suggestion *suggestion, struct slice word)
{
    /* A third of the letters may be wrong, at least one. */
    *suggestion = (struct suggestion){.word = word, .distance = word.size / 3 + 2};
}

void suggestion_try(struct suggestion *suggestion, const char *known)
{
    struct slice other = slice_of_string(known);
    if (suggestion->word.size > SUGGEST_WORD_MAX || other.size > SUGGEST_WORD_MAX)
        return;
    size_t found = distance(suggestion->word, other);
    if (found >= suggestion->distance)
        return;
    suggestion->distance = found;
    suggestion->best = known;
}
