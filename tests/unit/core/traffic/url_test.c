#include "core/traffic/url.h"

#include "tests/unit/guard_page.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define LABEL63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"

static struct guard_page guard;

static struct slice guarded(const char *text)
{
    return guard_page_copy(&guard, slice_of_string(text));
}

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text, *scheme, *host, *port, *path, *query, *fragment;
    } rows[] = {
        /* query and fragment NULL: there is none */
        {"https://shop.example", "https", "shop.example", "", "", NULL, NULL},
        {"http://shop.example/", "http", "shop.example", "", "/", NULL, NULL},
        {"HTTPS://Shop.Example/A", "HTTPS", "Shop.Example", "", "/A", NULL, NULL},
        {"https://shop.example:8443/a/b?x=1&y=2#top", "https", "shop.example", "8443", "/a/b",
         "x=1&y=2", "top"},
        {"https://shop.example?x", "https", "shop.example", "", "", "x", NULL},
        {"https://shop.example#f?x", "https", "shop.example", "", "", NULL, "f?x"},
        {"https://shop.example/?#", "https", "shop.example", "", "/", "", ""},
        {"https://shop.example/a?b?c/d#e#f", "https", "shop.example", "", "/a", "b?c/d", "e#f"},
        {"https://shop.example/a@b:c", "https", "shop.example", "", "/a@b:c", NULL, NULL},
        {"https://192.0.2.1:80/", "https", "192.0.2.1", "80", "/", NULL, NULL},
        {"https://[2001:db8::1]/", "https", "[2001:db8::1]", "", "/", NULL, NULL},
        {"https://[2001:db8::1]:65535/", "https", "[2001:db8::1]", "65535", "/", NULL, NULL},
        {"https://localhost:1", "https", "localhost", "1", "", NULL, NULL},
        {"https://my_shop.example.", "https", "my_shop.example.", "", "", NULL, NULL},
        {"https://xn--bcher-kva.example/%C3%A9", "https", "xn--bcher-kva.example", "", "/%C3%A9",
         NULL, NULL},
        {"https://7.example.1a/", "https", "7.example.1a", "", "/", NULL, NULL},
        {"https://" LABEL63 ".example/", "https", LABEL63 ".example", "", "/", NULL, NULL},
        {"https://shop.example/{a|b}^`'%3C%e9", "https", "shop.example", "", "/{a|b}^`'%3C%e9",
         NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct url url;
        assert_int_equal(url_parse(&url, guarded(rows[i].text), NULL), JALON_OK);
        assert_true(slice_is(url.scheme, rows[i].scheme));
        assert_true(slice_is(url.host, rows[i].host));
        assert_true(slice_is(url.port, rows[i].port));
        assert_true(slice_is(url.path, rows[i].path));
        assert_int_equal(url.has_query, rows[i].query != NULL);
        assert_true(slice_is(url.query, rows[i].query));
        assert_int_equal(url.has_fragment, rows[i].fragment != NULL);
        assert_true(slice_is(url.fragment, rows[i].fragment));
    }
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "/relative",
        "//shop.example/",
        "shop.example",
        "javascript:alert(1)",
        "JavaScript://shop.example/%0aalert(1)",
        "data:text/html,x",
        "ftp://shop.example/",
        "httpss://shop.example/",
        "https:/shop.example",
        "https:shop.example",
        "https://",
        "https:///path",
        "https://?x",
        "https://#x",
        "https://:443/",
        " https://shop.example",
        "https://shop.example ",
        "https://shop.example/a b",
        "https://shop.example/\n",
        "https://shop.example/\r\nSet-Cookie: a=b",
        "https://shop.example/\tx",
        "https://shop.example/\x7f",
        "https://shop.example/\xc3\xa9",
        "https://shop\xe3\x80\x82"
        "example/",
        "https://shop.example\\@evil.example/",
        "https://shop.example/\\x",
        "https://shop.example/<",
        "https://shop.example/?a>b",
        "https://shop.example/#\"",
        "https://shop.example/%",
        "https://shop.example/%4",
        "https://shop.example/?a=%zz",
        "https://shop.example/?a=%4g#x",
        "https:\\\\shop.example",
        "https://user@shop.example/",
        "https://user:pass@shop.example/",
        "https://shop.example@evil.example/",
        "https://@shop.example/",
        "https://shop.example:/",
        "https://shop.example:0/",
        "https://shop.example:65536/",
        "https://shop.example:000443/",
        "https://shop.example:+80/",
        "https://shop.example:8o/",
        "https://shop.example:80:80/",
        "https://shop..example/",
        "https://.shop.example/",
        "https://shop.example../",
        "https://./",
        "https://-shop.example/",
        "https://shop-.example/",
        "https://sh%6fp.example/",
        "https://shop,example/",
        "https://*.example/",
        "https://" LABEL63 "x.example/",
        "https://1.2.3/",
        "https://1.2.3.256/",
        "https://01.2.3.4/",
        "https://1.2.3.4.5/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0x7f000001/",
        "https://shop.0x/",
        "https://shop.example.123/",
        "https://[::1/",
        "https://::1/",
        "https://[]/",
        "https://[1.2.3.4]/",
        "https://[::1]x/",
        "https://[::1]]/",
        "https://[fe80::1%25eth0]/",
        "https://[v1.x]/",
        "https://[::1]:/",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct url url = {.has_query = true};
        const char *why = NULL;
        assert_int_equal(url_parse(&url, guarded(rows[i]), &why), JALON_MALFORMED);
        assert_non_null(why);
        assert_true(url.has_query); /* untouched */
        assert_int_equal(url_parse(&url, guarded(rows[i]), NULL), JALON_MALFORMED);
    }
    struct url url;
    struct slice nul = slice_of("https://shop.example/\0", 22);
    assert_int_equal(url_parse(&url, guard_page_copy(&guard, nul), NULL), JALON_MALFORMED);
}

static void test_sizes(void **state)
{
    (void)state;
    char text[URL_SIZE_MAX + 1];
    struct url url;
    const char *why = NULL;
    memset(text, 'a', sizeof text);
    memcpy(text, "https://shop.example/", 21);
    assert_int_equal(url_parse(&url, guard_page_copy(&guard, slice_of(text, URL_SIZE_MAX)), NULL),
                     JALON_OK);
    assert_int_equal(url_parse(&url, guard_page_copy(&guard, slice_of(text, sizeof text)), &why),
                     JALON_TOO_LONG);
    assert_non_null(why);
    /* A host of 253 characters is one, of 254 not (RFC 1035). */
    char host[8 + 254 + 1] = "https://";
    for (size_t i = 8; i < sizeof host; i++)
        host[i] = i % 2 ? 'b' : '.';
    host[8] = 'a';
    assert_int_equal(url_parse(&url, guard_page_copy(&guard, slice_of(host, 8 + 252)), NULL),
                     JALON_OK);
    assert_int_equal(url_parse(&url, guard_page_copy(&guard, slice_of(host, 8 + 254)), NULL),
                     JALON_MALFORMED);
}

static void test_host_matches(void **state)
{
    (void)state;
    static const struct {
        const char *host, *allowed;
        bool matches;
    } rows[] = {
        {"shop.example", "shop.example", true},
        {"SHOP.example", "shop.EXAMPLE", true},
        {"shop.example.", "shop.example", true},
        {"shop.example", "shop.example.", true},
        {"www.shop.example", "*.shop.example", true},
        {"a.b.Shop.example", "*.shop.example", true},
        {"shop.example", "*.shop.example", false},
        {"www.shop.example", "shop.example", false},
        {"evilshop.example", "*.shop.example", false},
        {"evilshop.example", "shop.example", false},
        {"shop.example.evil", "shop.example", false},
        {"shop.example.evil", "*.shop.example", false},
        {"shop.example", "*", false},
        {"shop.example", "*.", false},
        {"shop.example", "", false},
        {"", "", false},
        {"", "*.shop.example", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"[2001:db8::1]", "[2001:DB8::1]", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice host = guarded(rows[i].host);
        assert_int_equal(url_host_matches(host, slice_of_string(rows[i].allowed)), rows[i].matches);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_host_matches),
    };
    guard = guard_page_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    guard_page_free(&guard);
    return failed;
}
