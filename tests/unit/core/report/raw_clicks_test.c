/* Raw clicks against counters while somebody clicks. */
#include "core/report/raw_clicks.h"
#include "tests/unit/core/report/installation.h"

#define NOON_10 INT64_C(1794308400000) /* 2026-11-10T12:00+01:00 */
#define NOW (INT64_C(1795952712) * 1000)

static const struct slice campaigns[] = {SLICE_INIT("spring")};
static uint64_t nonce;

static struct click_record click_on(uint64_t link_id)
{
    return (struct click_record){
        .link_id = link_id, .nonce = ++nonce, .at_ms = NOON_10, .class = CLICK_HUMAN};
}

static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    nonce = 0;
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    for (uint64_t link_id = 1; link_id <= 3; link_id++) { /* of three partitions */
        char code[16];
        (void)snprintf(code, sizeof code, "link-%u", (unsigned)link_id);
        put_link(link_id, code, "spring", "marie", "bio");
        for (int i = 0; i < 4; i++) {
            struct click_record click = click_on(link_id);
            put_raw_click(&click);
        }
    }
    return 0;
}

struct meanwhile { /* what happens when the first click of link 2 is met */
    uint64_t clicked[4];
    size_t met;
    bool has_happened;
};

static int count(void *context, size_t campaign, const struct click_record *click)
{
    struct meanwhile *meanwhile = context;
    assert_int_equal(campaign, 0);
    meanwhile->met++;
    if (click->link_id != 2 || meanwhile->has_happened)
        return JALON_OK;
    meanwhile->has_happened = true;
    for (size_t i = 0; i < 4 && meanwhile->clicked[i]; i++) {
        struct click_record more = click_on(meanwhile->clicked[i]);
        put_raw_click(&more);
    }
    return JALON_OK;
}

static int credit(void *context, const struct click_record *click,
                  const struct credited_click *credited)
{
    (void)context, (void)click, (void)credited;
    fail_msg("no click is credited");
    return JALON_OK;
}

static struct raw_click_check walk(struct meanwhile *meanwhile)
{
    const struct report_query query = {
        .campaigns = campaigns, .campaign_count = 1, .from = SLICE("2026-11-01"), .now_ms = NOW};
    const struct raw_click_visitor visitor = {count, credit, meanwhile};
    struct credited_clicks credited = {0};
    struct link_set links = {0};
    struct raw_click_check check;
    struct problem problem = {0};
    struct scope scope;
    assert_int_equal(scope_open(&scope, store, &query, false, &problem), JALON_OK);
    assert_int_equal(link_set_read(&links, &scope), JALON_OK);
    assert_int_equal(raw_clicks_each(&scope, &links, &credited, &visitor, &check), JALON_OK);
    link_set_done(&links);
    scope_done(&scope);
    return check;
}

static void who_clicks_meanwhile_is_no_disagreement(void **state)
{
    (void)state;
    struct meanwhile nobody = {0};
    assert_true(walk(&nobody).is_complete);
    assert_int_equal(nobody.met, 12);
    struct meanwhile before = {.clicked = {1}}; /* in a partition that was walked */
    assert_true(walk(&before).is_complete);
    assert_int_equal(before.met, 12);
    struct meanwhile behind = {.clicked = {3, 3}};
    assert_true(walk(&behind).is_complete);
    assert_int_equal(behind.met, 15); /* the one on link 1 too, and the two new ones */
    struct meanwhile all = {.clicked = {3, 2, 1, 3}};
    assert_true(walk(&all).is_complete);
}

/* Nor do new clicks on one link make up for what another one lacks. */
static void what_is_missing_is_seen_whoever_clicks(void **state)
{
    (void)state;
    put_click(1, NOON_10, CLICK_HUMAN, "lost");
    struct meanwhile meanwhile = {.clicked = {3, 3}};
    struct raw_click_check check = walk(&meanwhile);
    assert_false(check.is_complete);
    assert_int_equal(check.counted, 15);
    assert_int_equal(check.kept, 14);
}

static void a_click_of_another_class_is_another_click(void **state)
{
    (void)state;
    struct click_record click = click_on(1);
    click.class = CLICK_BOT;
    put_raw_click(&click);
    put_click(1, NOON_10, CLICK_PREVIEW, "");
    struct meanwhile nobody = {0};
    struct raw_click_check check = walk(&nobody);
    assert_false(check.is_complete);
    assert_int_equal(check.counted, 14);
    assert_int_equal(check.kept, 13);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_clicks_meanwhile_is_no_disagreement),
        TEST(what_is_missing_is_seen_whoever_clicks),
        TEST(a_click_of_another_class_is_another_click),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
