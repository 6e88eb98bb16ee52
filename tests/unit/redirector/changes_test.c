#include "redirector/changes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static unsigned links, campaigns;
static uint64_t last_link;
static char last_campaign[65];

static void take_link(void *context, uint64_t link_id)
{
    (void)context;
    links++;
    last_link = link_id;
}

static void take_campaign(void *context, struct slice slug)
{
    (void)context;
    campaigns++;
    assert_int_equal(slice_to_string(last_campaign, sizeof last_campaign, slug), JALON_OK);
}

static const struct changes_options options = {.link_changed = take_link,
                                               .campaign_changed = take_campaign};

static void test_read(void **state)
{
    (void)state;
    links = campaigns = 0;
    changes_read(&options, SLICE("link 00fedcba98765432"));
    assert_int_equal(links, 1);
    assert_true(last_link == UINT64_C(0x00fedcba98765432));
    changes_read(&options, SLICE("campaign spring-trail"));
    assert_int_equal(campaigns, 1);
    assert_string_equal(last_campaign, "spring-trail");
}

static void test_ignores(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        " ",
        "link",
        "link ",
        "link 123",
        "link 00FEDCBA98765432",  /* link ids are lower case */
        "link 00fedcba987654321", /* a digit too many */
        "link 00fedcba9876543g",
        "link  00fedcba98765432",
        "campaign",
        "campaign ",
        "campaigns spring-trail",
        "creator marie",
        "LINK 00fedcba98765432",
    };
    links = campaigns = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        changes_read(&options, slice_of_string(rows[i]));
    assert_int_equal(links, 0);
    assert_int_equal(campaigns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read), cmocka_unit_test(test_ignores)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
