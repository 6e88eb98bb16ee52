#include "core/registry/link_slug.h"

#include "core/sign/slug.h"
#include "jalon/link.h"

#include <ctype.h>
#include <stdio.h>

bool link_slug_is_signed_shape(struct slice text)
{
    if (text.size != JALON_LINK_CODE_SIZE)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!isalnum((unsigned char)text.data[i]))
            return false;
    return true;
}

bool link_slug_is_ours(struct slice slug)
{
    static const char *const ours[] = {"o",       "v1",     "healthz", "readyz",
                                       "metrics", "robots", "favicon"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (slice_is(slug, ours[i]))
            return true;
    return false;
}

static bool is_left_behind(char c) /* by a sentence, after a link */
{
    return c == '/' || c == '.' || c == ',' || c == ')';
}

int link_slug_fold(char ret_slug[LINK_SLUG_MAX + 1], struct slice text)
{
    while (text.size && is_left_behind(text.data[text.size - 1]))
        text.size--;
    if (text.size > LINK_SLUG_MAX)
        return JALON_MALFORMED;
    char slug[LINK_SLUG_MAX + 1] = {0};
    for (size_t i = 0; i < text.size; i++)
        slug[i] = (char)tolower((unsigned char)text.data[i]);
    if (!slug_is_valid(slice_of(slug, text.size)))
        return JALON_MALFORMED;
    memcpy(ret_slug, slug, sizeof slug);
    return JALON_OK;
}

/* What the sender may have meant: each run of other characters is one hyphen. Empty when nothing is left. */
static void fold_roughly(char ret_slug[LINK_SLUG_MAX + 1], struct slice text)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size && size < LINK_SLUG_MAX; i++) {
        char c = (char)tolower((unsigned char)text.data[i]);
        bool is_good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_good)
            ret_slug[size++] = c;
        else if (size && ret_slug[size - 1] != '-')
            ret_slug[size++] = '-';
    }
    while (size && ret_slug[size - 1] == '-')
        size--;
    ret_slug[size] = '\0';
}

void link_slug_suggest(char ret_slug[LINK_SLUG_MAX + 1], struct slice slug, unsigned attempt)
{
    char suffix[12];
    int size = snprintf(suffix, sizeof suffix, "-%u", attempt);
    struct slice kept = slice_first(slug, LINK_SLUG_MAX - (size_t)size);
    (void)snprintf(ret_slug, LINK_SLUG_MAX + 1, "%.*s%s", SLICE_ARG(kept), suffix); /* cut to fit */
}

static int refuse_shape(struct slice text, struct problem *problem)
{
    char meant[LINK_SLUG_MAX + 1];
    fold_roughly(meant, text);
    struct slice slug = slice_of_string(meant);
    char other[LINK_SLUG_MAX + 1];
    link_slug_suggest(other, slug, 2);
    bool is_free = !link_slug_is_ours(slug) && !link_slug_is_signed_shape(slug);
    if (!slug.size)
        return problem_field(problem, "slug", "write 1 to 64 of a-z, 0-9 and -");
    return problem_field(problem, "slug", "write 1 to 64 of a-z, 0-9 and -: try %s",
                         is_free ? meant : other);
}

int link_slug_choose(char ret_slug[LINK_SLUG_MAX + 1], struct slice text, struct problem *problem)
{
    char slug[LINK_SLUG_MAX + 1] = {0}, other[LINK_SLUG_MAX + 1];
    if (is_left_behind(text.data[text.size - 1]) || link_slug_fold(slug, text))
        return refuse_shape(text, problem);
    struct slice folded = slice_of_string(slug);
    link_slug_suggest(other, folded, 2);
    if (link_slug_is_ours(folded))
        return problem_field(problem, "slug", "/%s is a path of our own: try %s", slug, other);
    if (link_slug_is_signed_shape(folded))
        return problem_field(problem, "slug",
                             "12 letters and digits are a signed code's shape: try %s", other);
    memcpy(ret_slug, slug, sizeof slug);
    return JALON_OK;
}
