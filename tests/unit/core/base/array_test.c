#include "core/base/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

struct pair {
    int32_t key;
    char letter;
};

static int by_both(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->letter - y->letter;
}

static void equal_ones_are_kept_once(void **state)
{
    (void)state;
    static const struct {
        struct pair given[6];
        size_t count;
        const char *kept; /* key and letter of each */
    } rows[] = {
        {{{0, 0}}, 0, ""},
        {{{3, 'a'}}, 1, "3a"},
        {{{3, 'a'}, {3, 'a'}, {3, 'a'}}, 3, "3a"},
        {{{2, 'b'}, {1, 'a'}, {2, 'a'}, {1, 'a'}, {2, 'b'}}, 5, "1a2a2b"},
        {{{5, 'e'}, {4, 'd'}, {3, 'c'}, {2, 'b'}, {1, 'a'}, {1, 'a'}}, 6, "1a2b3c4d5e"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pairs[6];
        char kept[16] = "";
        memcpy(pairs, rows[i].given, sizeof pairs);
        size_t count = array_sort_once(pairs, rows[i].count, sizeof *pairs, by_both);
        for (size_t j = 0; j < count; j++) {
            kept[2 * j] = (char)('0' + pairs[j].key);
            kept[2 * j + 1] = pairs[j].letter;
        }
        assert_string_equal(kept, rows[i].kept);
    }
    assert_int_equal(array_sort_once(NULL, 0, sizeof(struct pair), by_both), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_ones_are_kept_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
