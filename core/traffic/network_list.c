#include "core/traffic/network_list.h"
#include "core/base/array.h"

#include <stdlib.h>

static int compare_asns(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static int add_asn(struct network_list *list, uint32_t asn)
{
    int err = array_reserve((void **)&list->asns, &list->asn_capacity, list->asn_count + 1,
                            sizeof *list->asns);
    if (err)
        return err;
    list->asns[list->asn_count++] = asn;
    return JALON_OK;
}

static bool ends_word(char c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '#';
}

static int parse_line(struct network_list *list, struct slice line)
{
    line = slice_trim(line);
    size_t end = 0;
    while (end < line.size && !ends_word(line.data[end]))
        end++;
    struct slice word = slice_first(line, end);
    if (word.size == 0) /* nothing, or a comment; a line that begins with a comma is neither */
        return line.size == 0 || line.data[0] == '#' || line.data[0] == '\r' ? JALON_OK
                                                                             : JALON_MALFORMED;
    if (slice_starts_nocase(word, SLICE("AS"))) {
        uint64_t asn;
        int err = slice_to_u64(&asn, slice_from(word, 2), UINT32_MAX);
        return err || asn == 0 ? JALON_MALFORMED : add_asn(list, (uint32_t)asn);
    }
    struct network network;
    int err = network_parse(&network, word);
    return err ? err : network_set_add(&list->networks, &network);
}

int network_list_parse(struct network_list *ret_list, struct slice text, unsigned *ret_line)
{
    struct network_list list = {0};
    for (unsigned line = 1; text.size; line++) {
        int err = parse_line(&list, slice_take(&text, '\n'));
        if (!err)
            continue;
        network_list_done(&list);
        if (ret_line)
            *ret_line = line;
        return err;
    }
    network_set_sort(&list.networks);
    if (list.asn_count)
        qsort(list.asns, list.asn_count, sizeof *list.asns, compare_asns);
    *ret_list = list;
    return JALON_OK;
}

bool network_list_has(const struct network_list *list, const struct address *address, uint32_t asn)
{
    if (network_set_contains(&list->networks, address))
        return true;
    return list->asn_count && /* 0 is never among them */
           bsearch(&asn, list->asns, list->asn_count, sizeof *list->asns, compare_asns);
}

void network_list_done(struct network_list *list)
{
    network_set_done(&list->networks);
    free(list->asns);
    *list = (struct network_list){0};
}
