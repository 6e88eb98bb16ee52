#include "core/traffic/url.h"

#include "tests/unit/guard_page.h"

#include <stdio.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define UTM                                                                                        \
    {                                                                                              \
        {SLICE_INIT("utm_source"), SLICE_INIT("marie")},                                           \
            {SLICE_INIT("utm_medium"), SLICE_INIT("social")},                                      \
            {SLICE_INIT("utm_campaign"), SLICE_INIT("spring%20trail")},                            \
    }
#define UTM_TEXT "utm_source=marie&utm_medium=social&utm_campaign=spring%20trail"

static struct guard_page guards[2];

static void check(const char *target, size_t utm_count, const char *visitor, const char *click_id,
                  const char *expected)
{
    static const struct query_pair utm[] = UTM;
    char memory[4096];
    struct buffer out;
    buffer_over(&out, memory, sizeof memory);
    url_merge(&out, guard_page_copy(&guards[0], slice_of_string(target)), utm, utm_count,
              guard_page_copy(&guards[1], slice_of_string(visitor)), SLICE("jclid"),
              slice_of_string(click_id));
    assert_int_equal(buffer_error(&out), JALON_OK);
    assert_string_equal(buffer_string(&out), expected);
}

static void test_order(void **state)
{
    (void)state;
    check("https://s.example", 0, "", "", "https://s.example");
    check("https://s.example", 0, "", "ID", "https://s.example?jclid=ID");
    check("https://s.example/p", 3, "a=1", "ID", "https://s.example/p?" UTM_TEXT "&a=1&jclid=ID");
    check("https://s.example/p?x=1&y=%7E&&z", 3, "a=1&b", "ID",
          "https://s.example/p?x=1&y=%7E&&z&" UTM_TEXT "&a=1&b&jclid=ID");
    check("https://s.example/p?x=1#frag?f=1", 3, "a=1", "ID",
          "https://s.example/p?x=1&" UTM_TEXT "&a=1&jclid=ID#frag?f=1");
    check("https://s.example/p#f", 0, "", "ID", "https://s.example/p?jclid=ID#f");
    check("https://s.example/p?#f", 0, "", "ID", "https://s.example/p?jclid=ID#f");
    check("https://s.example/p?", 0, "", "", "https://s.example/p?");
    check("https://s.example/p?x&", 0, "a", "ID", "https://s.example/p?x&a&jclid=ID");
    check("https://s.example/p?#", 0, "", "", "https://s.example/p?#");
}

static void test_names_already_there(void **state)
{
    (void)state;
    check("https://s.example/?utm_source=own", 3, "", "",
          "https://s.example/?utm_source=own&utm_medium=social&utm_campaign=spring%20trail");
    check("https://s.example/?utm%5Fsource=own&utm_medium", 3, "", "",
          "https://s.example/?utm%5Fsource=own&utm_medium&utm_campaign=spring%20trail");
    check("https://s.example/?utm_source=own", 1, "utm_source=x&utm_sourc=y", "",
          "https://s.example/?utm_source=own&utm_sourc=y");
    check("https://s.example/", 1, "utm_source=x&a=1", "",
          "https://s.example/?utm_source=marie&a=1");
    check("https://s.example/", 1, "%75tm_source=x&utm%5fsource=y&utm_source", "",
          "https://s.example/?utm_source=marie");
    check("https://s.example/?size=m", 0, "size=xl&Size=l&colour=red", "",
          "https://s.example/?size=m&Size=l&colour=red");
    check("https://s.example/?a+b=1", 0, "a%20b=2&a+b=3&ab=4", "", "https://s.example/?a+b=1&ab=4");
    check("https://s.example/?=1", 0, "=2&a", "", "https://s.example/?=1&a");
}

static void test_visitors_query(void **state)
{
    (void)state;
    static const struct {
        const char *visitor, *expected;
    } rows[] = {
        {"a=1&a=2&a=1", "a=1&a=2&a=1"}, /* a repeated name keeps all its occurrences */
        {"&&a=1&&", "a=1"},
        {"a", "a"},
        {"a=", "a="},
        {"a=b=c", "a=b=c"},
        {"a=1?2/3:@!$'()*+,;-._~", "a=1?2/3:@!$'()*+,;-._~"},
        {"a=%20%C3%a9", "a=%20%C3%a9"},
        {"a=%", "a=%25"},
        {"a=%2", "a=%252"},
        {"a=%zz", "a=%25zz"},
        {"a=%4", "a=%254"},
        {"a=\"<>[]{}|^`\\", "a=%22%3C%3E%5B%5D%7B%7D%7C%5E%60%5C"},
        {"a=\xc3\xa9", "a=%C3%A9"},
        {"a=b c", "a=b%20c"},
        {"a=b#c", "a=b%23c"},
        {"a=\r\nSet-Cookie:x", "a=%0D%0ASet-Cookie:x"},
        {"fbclid=IwAR0_x-y&gclid=Cj0", "fbclid=IwAR0_x-y&gclid=Cj0"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char expected[256];
        int size =
            snprintf(expected, sizeof expected, "https://s.example/?%s&jclid=ID", rows[i].expected);
        assert_in_range(size, 1, sizeof expected - 1);
        check("https://s.example/", 0, rows[i].visitor, "ID", expected);
    }
    check("https://s.example/", 0, "&&&", "", "https://s.example/");
}

/* The click id is evidence for money: only ours arrives, however a visitor spells the name. */
static void test_click_name(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "jclid=evil",  "jclid",         "jclid=",        "%6aclid=evil",     "jcli%64=evil",
        "JCLID=evil",  "Jclid=evil",    "jclid[]=evil",  "jclid%5B%5D=evil", "jclid[0]=evil",
        "+jclid=evil", "%20jclid=evil", "jclid%00=evil", "jclid=1&jclid=2",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check("https://s.example/?a=1", 0, rows[i], "ID", "https://s.example/?a=1&jclid=ID");
        check("https://s.example/?a=1", 0, rows[i], "", "https://s.example/?a=1");
    }
    static const char *const others[] = {"jclid2=x", "xjclid=x", "jcli=x", "jclid-=x", "j.clid=x"};
    for (size_t i = 0; i < COUNT(others); i++) {
        char expected[64];
        (void)snprintf(expected, sizeof expected, "https://s.example/?%s&jclid=ID", others[i]);
        check("https://s.example/", 0, others[i], "ID", expected);
    }
    /* One in the target itself is left out, what stands around it stays. */
    check("https://s.example/?jclid=old", 0, "", "ID", "https://s.example/?jclid=ID");
    check("https://s.example/?a=1&jclid=old&b=%41#f", 0, "", "ID",
          "https://s.example/?a=1&b=%41&jclid=ID#f");
    check("https://s.example/?jclid=o&a=1&%6Aclid", 0, "c", "", "https://s.example/?a=1&c");
}

/* A name with the characters that PHP rewrites. */
static void test_other_click_name(void **state)
{
    (void)state;
    char memory[256];
    struct buffer out;
    buffer_over(&out, memory, sizeof memory);
    url_merge(&out, SLICE("https://s.example/"), NULL, 0, SLICE("my.id=1&my%20id=2&MY_ID=3&myid=4"),
              SLICE("my_id"), SLICE("ID"));
    assert_string_equal(buffer_string(&out), "https://s.example/?myid=4&my_id=ID");
}

static void test_overflow_is_remembered(void **state)
{
    (void)state;
    char memory[40];
    struct buffer out;
    for (size_t room = 0; room <= sizeof memory; room++) {
        buffer_over(&out, memory, room);
        url_merge(&out, SLICE("https://s.example/?a=1#f"), NULL, 0, SLICE("b=2"), SLICE("jclid"),
                  SLICE("ID"));
        bool fits = room >= sizeof "https://s.example/?a=1&b=2&jclid=ID#f" - 1;
        assert_int_equal(buffer_error(&out), fits ? JALON_OK : JALON_FULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_names_already_there),
        cmocka_unit_test(test_visitors_query),
        cmocka_unit_test(test_click_name),
        cmocka_unit_test(test_other_click_name),
        cmocka_unit_test(test_overflow_is_remembered),
    };
    guards[0] = guard_page_new(4096);
    guards[1] = guard_page_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    guard_page_free(&guards[0]);
    guard_page_free(&guards[1]);
    return failed;
}
