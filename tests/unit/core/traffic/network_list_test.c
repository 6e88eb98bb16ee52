#include "core/traffic/network_list.h"

#include "core/traffic/builtin.h"
#include "tests/unit/guard_page.h"

#include <stdio.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static struct guard_page guard;

static struct slice guarded(const char *text)
{
    return guard_page_copy(&guard, slice_of_string(text));
}

static bool has(const struct network_list *list, const char *text, uint32_t asn)
{
    struct address address = {{0}};
    assert_int_equal(address_parse(&address, slice_of_string(text)), JALON_OK);
    return network_list_has(list, &address, asn);
}

static void test_parse(void **state)
{
    (void)state;
    struct network_list list;
    const char *text = "# who\n"
                       "AS64500 Example Hosting, Inc. # remark\n"
                       "  as64496,GB\r\n"
                       "AS4294967295#x\n"
                       "\r\n"
                       "172.224.226.0/27,GB,GB-EN,London,\n"
                       "2a02:26f7:b000::/45\tFR\n"
                       "8.8.8.8";
    assert_int_equal(network_list_parse(&list, guarded(text), NULL), JALON_OK);
    assert_int_equal(list.asn_count, 3);
    assert_int_equal(list.networks.count, 3);
    assert_true(has(&list, "1.1.1.1", 64500));
    assert_true(has(&list, "1.1.1.1", 64496));
    assert_true(has(&list, "1.1.1.1", UINT32_MAX));
    assert_true(has(&list, "172.224.226.31", 0));
    assert_true(has(&list, "2a02:26f7:b007::1", 7));
    assert_true(has(&list, "8.8.8.8", 0));
    assert_false(has(&list, "172.224.226.32", 0));
    assert_false(has(&list, "2a02:26f7:b008::1", 0));
    assert_false(has(&list, "1.1.1.1", 0));
    assert_false(has(&list, "1.1.1.1", 64499));
    assert_false(has(&list, "1.1.1.1", 64501));
    network_list_done(&list);
    assert_false(has(&list, "8.8.8.8", 64500));
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
    } rows[] = {
        {"64500", 1},
        {"AS", 1},
        {"AS0", 1},
        {"AS-1", 1},
        {"AS4294967296", 1},
        {"AS64500x", 1},
        {"ASX", 1},
        {"AS 64500", 1},
        {",64500", 1},
        {"AS64500\nx", 2},
        {"\n\n10.0.0.1/8", 3},
        {"10.0.0.0/8;", 1},
        {"AS64500\n#\n\nAS64501\nexample.com\n", 5},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct network_list list = {.asn_count = 77};
        unsigned line = 0;
        assert_int_equal(network_list_parse(&list, guarded(rows[i].text), &line), JALON_MALFORMED);
        assert_int_equal(line, rows[i].line);
        assert_int_equal(list.asn_count, 77);
    }
}

static void test_many(void **state)
{
    (void)state;
    enum { LINES = 3000, LINE_BYTES = 12 };
    char text[LINES * LINE_BYTES + 1];
    struct network_list list;
    for (unsigned i = 0; i < LINES; i++) /* AS100000000 and on, in scrambled order */
        (void)snprintf(text + i * LINE_BYTES, LINE_BYTES + 1, "AS%u\n",
                       100000000 + i * 7 % LINES * 2);
    assert_int_equal(network_list_parse(&list, slice_of(text, LINES * LINE_BYTES), NULL), JALON_OK);
    assert_int_equal(list.asn_count, LINES);
    for (unsigned i = 0; i < 2 * LINES; i++)
        assert_int_equal(has(&list, "1.1.1.1", 100000000 + i), i % 2 == 0);
    network_list_done(&list);
}

/* The lists compiled in are whole, and no relay is called a hosting provider's. */
static void test_builtin(void **state)
{
    (void)state;
    struct network_list hosting, relays;
    assert_int_equal(network_list_parse(&hosting, builtin_hosting(), NULL), JALON_OK);
    assert_int_equal(network_list_parse(&relays, builtin_relays(), NULL), JALON_OK);
    static const uint32_t providers[] = {16509, 14618, 396982, 8075,  14061, 16276,  24940, 63949,
                                         20473, 12876, 51167,  31898, 45102, 132203, 60781, 9009};
    for (size_t i = 0; i < COUNT(providers); i++)
        assert_true(has(&hosting, "1.1.1.1", providers[i]));
    static const uint32_t people[] = {13335, 36183, 54113, 20940, 3215, 3320, 7922, 15169};
    for (size_t i = 0; i < COUNT(people); i++)
        assert_false(has(&hosting, "1.1.1.1", people[i]));
    for (size_t i = 0; i < relays.asn_count; i++)
        assert_false(has(&hosting, "1.1.1.1", relays.asns[i]));
    assert_true(has(&relays, "2606:54c0::1", 0));
    assert_true(has(&relays, "1.1.1.1", 36183));
    network_list_done(&hosting);
    network_list_done(&relays);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_builtin),
    };
    guard = guard_page_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    guard_page_free(&guard);
    return failed;
}
