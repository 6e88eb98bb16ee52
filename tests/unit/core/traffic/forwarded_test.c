#include "core/traffic/address.h"

#include "tests/unit/guard_page.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define TRUSTED "10.0.0.0/8, 2001:db8:a::/48"

static struct guard_page guards[2];

static void check(const char *peer, const char *trusted, const char *x_forwarded_for,
                  const char *forwarded, const char *expected)
{
    struct network_set set;
    struct address address;
    char text[ADDRESS_TEXT_MAX];
    assert_int_equal(network_set_parse(&set, slice_of_string(trusted)), JALON_OK);
    assert_int_equal(address_parse(&address, slice_of_string(peer)), JALON_OK);
    struct slice xff = guard_page_copy(&guards[0], slice_of_string(x_forwarded_for));
    struct slice rfc7239 = guard_page_copy(&guards[1], slice_of_string(forwarded));
    address = address_of_visitor(&address, &set, xff, rfc7239);
    address_format(&address, text);
    assert_string_equal(text, expected);
    network_set_done(&set);
}

static void test_untrusted_peers_are_not_believed(void **state)
{
    (void)state;
    check("192.0.2.9", TRUSTED, "198.51.100.1", "", "192.0.2.9");
    check("192.0.2.9", TRUSTED, "", "for=198.51.100.1", "192.0.2.9");
    check("192.0.2.9", "", "198.51.100.1", "", "192.0.2.9");
    check("10.0.0.1", "", "198.51.100.1", "", "10.0.0.1");
    check("2001:db8:b::1", TRUSTED, "198.51.100.1", "", "2001:db8:b::1");
}

static void test_x_forwarded_for(void **state)
{
    (void)state;
    static const struct {
        const char *list, *expected;
    } rows[] = {
        {"", "10.0.0.1"},
        {"198.51.100.1", "198.51.100.1"},
        {" 198.51.100.1 ", "198.51.100.1"},
        {"\t198.51.100.1:4711", "198.51.100.1"},
        {"[2001:db8::1]:80", "2001:db8::1"},
        {"2001:db8::1", "2001:db8::1"},
        {"203.0.113.5, 198.51.100.1", "198.51.100.1"}, /* what the visitor sent is not believed */
        {"203.0.113.5, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
        {"203.0.113.5,198.51.100.1,10.0.0.2,2001:db8:a::7", "198.51.100.1"},
        {"10.9.9.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
        {"10.0.0.3, 10.0.0.2", "10.0.0.3"}, /* all trusted: the outermost */
        {",, 198.51.100.1 ,,", "198.51.100.1"},
        {" , ", "10.0.0.1"},
        /* A malformed element ends the walk at the last good one. */
        {"nonsense", "10.0.0.1"},
        {"unknown", "10.0.0.1"},
        {"198.51.100.1, nonsense", "10.0.0.1"},
        {"198.51.100.1, nonsense, 10.0.0.2", "10.0.0.2"},
        {"198.51.100.1, nonsense, 10.0.0.3, 10.0.0.2", "10.0.0.3"},
        {"nonsense, 198.51.100.1", "198.51.100.1"},
        {"198.51.100.1; 198.51.100.2", "10.0.0.1"},
        {"198.51.100.1 198.51.100.2", "10.0.0.1"},
        {"\"198.51.100.1\"", "10.0.0.1"},
        {"198.51.100.256", "10.0.0.1"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check("10.0.0.1", TRUSTED, rows[i].list, "", rows[i].expected);
        if (*rows[i].list) /* it comes before Forwarded even when it says nothing */
            check("10.0.0.1", TRUSTED, rows[i].list, "for=192.0.2.77", rows[i].expected);
    }
}

/* RFC 7239 sections 4, 6 and 7, its examples among the rows. */
static void test_forwarded(void **state)
{
    (void)state;
    static const struct {
        const char *list, *expected;
    } rows[] = {
        {"", "10.0.0.1"},
        {"for=192.0.2.43", "192.0.2.43"},
        {"For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"},
        {"for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"},
        {"by=203.0.113.43;FOR=192.0.2.60", "192.0.2.60"},
        {"for=192.0.2.43, for=198.51.100.17", "198.51.100.17"},
        {"for=192.0.2.43,for=\"[2001:db8:cafe::17]\",for=10.0.0.2", "2001:db8:cafe::17"},
        {"for=192.0.2.43;by=\"a,b;for=203.0.113.1\", for=10.0.0.2", "192.0.2.43"},
        {"for=192.0.2.43;by=\"a\\\",for=203.0.113.1\", for=10.0.0.2", "192.0.2.43"},
        {"for=\"192.0.2.43:8080\"", "192.0.2.43"},
        {", for=192.0.2.43 ,", "192.0.2.43"},
        {"for=unknown", "10.0.0.1"},
        {"for=_hidden, for=_SEVKISEK", "10.0.0.1"},
        {"for=192.0.2.43, for=_hidden", "10.0.0.1"},
        {"for=_gazonk, for=10.0.0.2", "10.0.0.2"},
        {"proto=https", "10.0.0.1"},
        {"for=192.0.2.43, proto=https", "10.0.0.1"},
        {"for", "10.0.0.1"},
        {"for=", "10.0.0.1"},
        {"for=\"", "10.0.0.1"},
        {"for=\"192.0.2.43", "10.0.0.1"},
        {"for=\"\\1\"", "10.0.0.1"},
        {"xfor=192.0.2.43", "10.0.0.1"},
        {"for =192.0.2.43", "10.0.0.1"},
        {"\"for=192.0.2.43", "10.0.0.1"},
        {"for=192.0.2.43;by=\"\\", "192.0.2.43"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check("10.0.0.1", TRUSTED, "", rows[i].list, rows[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untrusted_peers_are_not_believed),
        cmocka_unit_test(test_x_forwarded_for),
        cmocka_unit_test(test_forwarded),
    };
    guards[0] = guard_page_new(4096);
    guards[1] = guard_page_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    guard_page_free(&guards[0]);
    guard_page_free(&guards[1]);
    return failed;
}
