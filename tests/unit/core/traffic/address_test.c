#include "core/traffic/address.h"

#include "tests/unit/guard_page.h"

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

static void test_parse(void **state)
{
    (void)state;
    /* Canonical text: Python's ipaddress. */
    static const struct {
        const char *text, *canonical;
        bool is_v4;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"0.0.0.0", "0.0.0.0", true},
        {"255.255.255.255", "255.255.255.255", true},
        {"192.0.2.1:80", "192.0.2.1", true},
        {"192.0.2.1:65535", "192.0.2.1", true},
        {"::ffff:192.0.2.1", "192.0.2.1", true},
        {"::ffff:c000:201", "192.0.2.1", true},
        {"2001:db8::1", "2001:db8::1", false},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", false},
        {"[2001:db8::1]", "2001:db8::1", false},
        {"[2001:db8::1]:4711", "2001:db8::1", false},
        {"::", "::", false},
        {"::1", "::1", false},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", false},
        {"1:0:0:2:0:0:0:3", "1:0:0:2::3", false},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct address address;
        char text[ADDRESS_TEXT_MAX];
        assert_int_equal(address_parse(&address, guarded(rows[i].text)), JALON_OK);
        address_format(&address, text);
        assert_string_equal(text, rows[i].canonical);
        assert_int_equal(address_is_v4(&address), rows[i].is_v4);
    }
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        " ",
        ":",
        "::1 ",
        " ::1",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.-1",
        "01.2.3.4",
        "0x7f.0.0.1",
        "1.2.3.4:",
        "1.2.3.4:x",
        "1.2.3.4:65536",
        "1.2.3.4:000080",
        "1.2.3.4:80:80",
        "1.2.3.4 :80",
        "[1.2.3.4]",
        "[::1",
        "::1]",
        "[::1]:",
        "[::1]80",
        "[::1]:65536",
        "[]",
        "[",
        "[[::1]]",
        ":::",
        "1::2::3",
        "fe80::1%eth0",
        "[fe80::1%25eth0]",
        "2001:db8::g",
        "12345::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::1.2.3",
        "unknown",
        "_hidden",
        "example.com",
        "1.2.3.4\n",
        "1111:2222:3333:4444:5555:6666:123.123.123.123:99999999999",
    };
    const struct address before = {{1, 2, 3}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct address address = before;
        assert_int_equal(address_parse(&address, guarded(rows[i])), JALON_MALFORMED);
        assert_memory_equal(&address, &before, sizeof address);
    }
    struct address address;
    assert_int_equal(address_parse(&address, guard_page_copy(&guard, slice_of("::1\0", 4))),
                     JALON_MALFORMED);
    assert_int_equal(address_parse(&address, SLICE_NONE), JALON_MALFORMED);
}

static struct address address_of(const char *text)
{
    struct address address = {{0}};
    assert_int_equal(address_parse(&address, slice_of_string(text)), JALON_OK);
    return address;
}

/* IANA's special-purpose address registries. */
static void test_special(void **state)
{
    (void)state;
    static const char *const special[] = {
        "0.0.0.0",     "10.0.0.1",        "10.255.255.255", "100.64.0.0",      "100.127.255.255",
        "127.0.0.1",   "169.254.1.1",     "172.16.0.0",     "172.31.255.255",  "192.0.0.8",
        "192.0.2.1",   "192.168.0.1",     "198.18.0.1",     "198.19.255.255",  "198.51.100.7",
        "203.0.113.9", "224.0.0.1",       "240.0.0.1",      "255.255.255.255", "::",
        "::1",         "::ffff:10.1.2.3", "64:ff9b:1::1",   "100::1",          "2001::1",
        "2001:db8::1", "3fff::1",         "5f00::1",        "fc00::1",         "fdff::1",
        "fe80::1",     "febf::1",         "ff02::1",
    };
    static const char *const ordinary[] = {
        "1.0.0.1",      "9.255.255.255",    "11.0.0.0",     "100.63.255.255",  "100.128.0.0",
        "126.1.1.1",    "128.0.0.1",        "169.253.1.1",  "172.15.255.255",  "172.32.0.0",
        "192.0.1.1",    "192.0.3.1",        "192.167.1.1",  "198.17.1.1",      "198.20.0.0",
        "198.51.101.1", "203.0.112.1",      "203.0.114.1",  "223.255.255.255", "8.8.8.8",
        "::2",          "64:ff9b::808:808", "64:ff9b:2::1", "100:1::1",        "2001:200::1",
        "2001:db7::1",  "2001:db9::1",      "2002::1",      "2606:4700::1",    "3ffe::1",
        "fbff::1",      "fe00::1",
    };
    for (size_t i = 0; i < COUNT(special); i++) {
        struct address address = address_of(special[i]);
        assert_true(address_is_special(&address));
    }
    for (size_t i = 0; i < COUNT(ordinary); i++) {
        struct address address = address_of(ordinary[i]);
        assert_false(address_is_special(&address));
    }
}

static void test_network(void **state)
{
    (void)state;
    static const struct {
        const char *network, *address;
        bool contains;
    } rows[] = {
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.0/8", "::ffff:10.0.0.1", true},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.0/31", "192.0.2.1", true},
        {"192.0.2.0/31", "192.0.2.2", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7/32", "192.0.2.6", false},
        {"0.0.0.0/0", "255.1.2.3", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "192.0.2.1", false}, /* IPv6 means IPv6 */
        {"::ffff:0:0/96", "192.0.2.1", true},
        {"::ffff:a00:0/104", "10.1.1.1", true},
        {"::ffff:a00:0/104", "11.1.1.1", false},
        {"2001:db8::/32", "2001:db8:ffff::1", true},
        {"2001:db8::/32", "2001:db9::", false},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"::1", "::1", true},
        {"::1/128", "::2", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct network network;
        struct address address = address_of(rows[i].address);
        assert_int_equal(network_parse(&network, guarded(rows[i].network)), JALON_OK);
        assert_int_equal(network_contains(&network, &address), rows[i].contains);
    }
}

static void test_network_refuses(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/ 8",
        "10.0.0.0/8 ",
        "10.0.0.0/8/8",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/0008",
        "10.0.0.1/8",
        "192.0.2.1/31",
        "0.0.0.1/0",
        "10.0/8",
        "10.0.0.0:80/8",
        "10.0.0.0:80",
        "::/129",
        "::1/127",
        "2001:db8::1/64",
        "[::1]/128",
        "[::1]",
        "::/x",
        "fe80::%1/64",
        "all",
        "localhost",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct network network;
        assert_int_equal(network_parse(&network, guarded(rows[i])), JALON_MALFORMED);
    }
}

static void test_set(void **state)
{
    (void)state;
    struct network_set set;
    const char *text = "# our proxies\n10.0.0.0/8, 10.1.0.0/16 10.0.0.0/8\n\n"
                       "192.0.2.7\t2001:db8::/32,2001:db8:1::/48 # and theirs, 8.8.8.8\r\n"
                       "::/8,";
    assert_int_equal(network_set_parse(&set, guarded(text)), JALON_OK);
    assert_int_equal(set.count, 4); /* nested ones are gone */
    static const struct {
        const char *address;
        bool contains;
    } rows[] = {
        {"9.255.255.255", false},   {"10.0.0.0", true},
        {"10.1.0.1", true},         {"10.255.255.255", true},
        {"11.0.0.0", false},        {"192.0.2.6", false},
        {"192.0.2.7", true},        {"192.0.2.8", false},
        {"8.8.8.8", false},         {"::1", true},
        {"ff:ffff::1", true},       {"100::", false},
        {"2001:db7:ffff::", false}, {"2001:db8::", true},
        {"2001:db8:1::9", true},    {"2001:db8:ffff::", true},
        {"2001:db9::", false},      {"ffff::", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct address address = address_of(rows[i].address);
        assert_int_equal(network_set_contains(&set, &address), rows[i].contains);
    }
    network_set_done(&set);
    assert_false(network_set_contains(&set, &(struct address){{10}}));
}

static void test_set_refuses(void **state)
{
    (void)state;
    static const char *const rows[] = {"10.0.0.0/8;10.1.0.0/16", "10.0.0.0/8\nnonsense",
                                       "10.0.0.1/8", "trusted", "10.0.0.0/8 // mine"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct network_set set = {.count = 77};
        assert_int_equal(network_set_parse(&set, guarded(rows[i])), JALON_MALFORMED);
        assert_int_equal(set.count, 77);
    }
    static const char *const empty[] = {"", "\n\n", "# nothing", " , ,\t"};
    for (size_t i = 0; i < COUNT(empty); i++) {
        struct network_set set;
        assert_int_equal(network_set_parse(&set, guarded(empty[i])), JALON_OK);
        assert_int_equal(set.count, 0);
        assert_false(network_set_contains(&set, &(struct address){{0}}));
        network_set_done(&set);
    }
}

/* Many, in scrambled order: every second /24 of 10.0.0.0/8. */
static void test_large_set(void **state)
{
    (void)state;
    struct network_set set = {0};
    for (unsigned i = 0; i < 32768; i++) {
        unsigned block = i * 7919 % 32768 * 2;
        struct network network = {{{[10] = 0xff,
                                    [11] = 0xff,
                                    [12] = 10,
                                    [13] = (uint8_t)(block >> 8),
                                    [14] = (uint8_t)block}},
                                  120};
        assert_int_equal(network_set_add(&set, &network), JALON_OK);
    }
    network_set_sort(&set);
    assert_int_equal(set.count, 32768);
    for (unsigned block = 0; block < 65536; block++) {
        struct address address = {{[10] = 0xff,
                                   [11] = 0xff,
                                   [12] = 10,
                                   [13] = (uint8_t)(block >> 8),
                                   [14] = (uint8_t)block,
                                   [15] = 200}};
        assert_int_equal(network_set_contains(&set, &address), block % 2 == 0);
    }
    network_set_done(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),           cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_special),         cmocka_unit_test(test_network),
        cmocka_unit_test(test_network_refuses), cmocka_unit_test(test_set),
        cmocka_unit_test(test_set_refuses),     cmocka_unit_test(test_large_set),
    };
    guard = guard_page_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    guard_page_free(&guard);
    return failed;
}
