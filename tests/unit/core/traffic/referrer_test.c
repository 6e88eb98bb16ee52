#include "core/traffic/referrer.h"

#include "tests/unit/guard_page.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define LONG49 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuv"

static struct guard_page guard;

static void check(struct slice referrer, const char *expected)
{
    char source[SOURCE_MAX + 1] = "before";
    size_t size = referrer_source(source, guard_page_copy(&guard, referrer));
    assert_string_equal(source, expected);
    assert_int_equal(size, strlen(expected));
}

static void test_networks(void **state)
{
    (void)state;
    static const struct {
        const char *referrer, *source;
    } rows[] = {
        {"https://l.instagram.com/?u=https%3A%2F%2Fgo.example.com", "instagram.com"},
        {"https://www.instagram.com/marie/", "instagram.com"},
        {"http://instagram.com", "instagram.com"},
        {"https://lm.facebook.com/l.php?u=x", "facebook.com"},
        {"http://m.facebook.com/", "facebook.com"},
        {"https://www.tiktok.com/@marie", "tiktok.com"},
        {"https://vm.tiktok.com/x", "tiktok.com"},
        {"https://t.co/abc", "x.com"},
        {"https://mobile.twitter.com/", "x.com"},
        {"https://X.com/", "x.com"},
        {"https://out.reddit.com/x", "reddit.com"},
        {"https://youtu.be/x", "youtube.com"},
        {"https://m.youtube.com/", "youtube.com"},
        {"https://lnkd.in/x", "linkedin.com"},
        {"https://www.pinterest.fr/pin/1", "pinterest.com"},
        {"https://www.google.com/", "google.com"},
        {"https://www.google.co.uk/search?q=x", "google.com"},
        {"https://google.com.au", "google.com"},
        {"https://www.google.de:443/", "google.com"},
        {"https://mail.google.com/mail/", "mail.google.com"},
        {"https://linktr.ee/marie", "linktr.ee"},
        {"https://l.threads.net/?u=x", "threads.com"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(slice_of_string(rows[i].referrer), rows[i].source);
}

static void test_other_sites(void **state)
{
    (void)state;
    static const struct {
        const char *referrer, *source;
    } rows[] = {
        {"https://www.Trail-Blog.example/post/1?private=yes#x", "trail-blog.example"},
        {"http://WWW.trail.example.", "trail.example"},
        {"https://a.b.example:8443", "a.b.example"},
        {"https://xn--bcher-kva.example/", "xn--bcher-kva.example"},
        {"https://www.example?x", "example"},
        /* Alike is not the same. */
        {"https://notinstagram.com/", "notinstagram.com"},
        {"https://instagram.com.evil.example/", "instagram.com.evil.example"},
        {"https://netflix.com/", "netflix.com"},
        {"https://google.evil.example/", "google.evil.example"},
        {"https://google.example/", "google.example"},
        {"https://google.co.ukx/", "google.co.ukx"},
        {"android-app://com.google.android.gm/", "com.google.android.gm"},
        {"android-app://com.google.android.gm", "com.google.android.gm"},
        {"android-app://org.Telegram.messenger/x", "org.Telegram.messenger"},
        {"android-app://com.facebook.katana?x", "com.facebook.katana"},
        {"https://" LONG49 ".example.museum/", LONG49 ".example.museum"}, /* 64 and 65 */
        {"https://" LONG49 ".example.museumx/", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(slice_of_string(rows[i].referrer), rows[i].source);
}

static void test_no_source(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        " ",
        "about:blank",
        "null",
        "-",
        "instagram.com",
        "/path",
        "//instagram.com/",
        "ftp://instagram.com/",
        "https:",
        "https://",
        "https:///x",
        "https://?x",
        "https://user:secret@instagram.com/",
        "https://user@instagram.com/",
        "https://192.0.2.7/",
        "https://192.0.2.7:80/",
        "https://[2001:db8::1]/",
        "https://2130706433/",
        "https://a..b/",
        "https://-a.example/",
        "https://a b.example/",
        "https://a%2eb.example/",
        "https://b\xc3\xbc.example/",
        "https://a\\b.example/",
        "https://a\n.example/",
        "android-app://",
        "android-app:///x",
        "android-app://com..x/",
        "javascript:alert(1)",
        "ios-app://123/",
        "https://a\"b.example/",
        "https://=cmd|x/",
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(slice_of_string(rows[i]), "");
    check(slice_of("https://a\0b.example/", 20), "");
    check(SLICE_NONE, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_other_sites),
        cmocka_unit_test(test_no_source),
    };
    guard = guard_page_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    guard_page_free(&guard);
    return failed;
}
