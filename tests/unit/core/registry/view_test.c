/* Views of records that were damaged or never ours: each is refused, none crashes. */
#include "core/registry/campaign_view.h"
#include "core/registry/code_view.h"
#include "core/registry/conversion_view.h"
#include "core/registry/cost_view.h"
#include "core/registry/creator_view.h"
#include "core/registry/link_view.h"
#include "core/registry/post_view.h"
#include "tests/unit/guard_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int read_link(struct slice json)
{
    struct link_view view;
    int err = link_view_read(&view, json);
    if (!err)
        link_view_done(&view);
    return err;
}

static int read_campaign(struct slice json)
{
    struct campaign_view view;
    int err = campaign_view_read(&view, json);
    if (!err)
        campaign_view_done(&view);
    return err;
}

static int read_creator(struct slice json)
{
    struct creator_view view;
    int err = creator_view_read(&view, json);
    if (!err)
        creator_view_done(&view);
    return err;
}

static int read_code(struct slice json)
{
    struct code_record record;
    int err = code_record_read(&record, json);
    if (!err)
        code_record_done(&record);
    return err;
}

static int read_post(struct slice json)
{
    struct post_view view;
    int err = post_view_read(&view, json);
    if (!err)
        post_view_done(&view);
    return err;
}

static int read_conversion(struct slice json)
{
    struct conversion_view view;
    int err = conversion_view_read(&view, json);
    if (!err)
        conversion_view_done(&view);
    return err;
}

static int read_cost(struct slice json)
{
    struct cost_view view;
    return cost_view_read(&view, SLICE("marie/2026-05-01/fee"), json, 2);
}

#define CAMPAIGN                                                                                   \
    "'campaign':'c','brand':'b','target':'https://a.example/','currency':'EUR','timezone':'UTC',"  \
    "'kind':'content','goal':'sale','click_param':'jclid','attribution':'linear','window':'30d',"  \
    "'duplicate_window':'10s'"
#define CODE "{'code':'A1','campaign':'c','creator':'m'}"
#define ORDER "'order_id':'1','type':'sale','currency':'EUR','status':'approved'"
#define CLICK "'id':'x','verdict':'valid','link':'0123456789abcdef','creator':'m'"

static const struct {
    const char *name;
    int (*read)(struct slice json);
    const char *json;
    int err;
} rows[] = {
    {"link", read_link, "{'v':1,'code':'m','campaign':'c','creator':'m'}", JALON_OK},
    {"portable link", read_link, "{'v':1,'campaign':'c','creator':'m','channel':'\u00e9'}",
     JALON_OK},
    {"link without campaign", read_link, "{'v':1,'code':'m','creator':'m'}", JALON_DAMAGED},
    {"link with a number for a code", read_link, "{'v':1,'code':7,'campaign':'c','creator':'m'}",
     JALON_DAMAGED},
    {"link with null", read_link, "{'v':1,'code':null,'campaign':'c','creator':'m'}",
     JALON_DAMAGED},
    {"link with text for a time", read_link,
     "{'v':1,'campaign':'c','creator':'m','expires_ms':'soon'}", JALON_DAMAGED},
    {"link with 1 for true", read_link, "{'v':1,'campaign':'c','creator':'m','disabled':1}",
     JALON_DAMAGED},
    {"link of another version", read_link, "{'v':2,'campaign':'c','creator':'m'}", JALON_DAMAGED},
    {"link without version", read_link, "{'campaign':'c','creator':'m'}", JALON_DAMAGED},
    {"link given twice", read_link, "{'v':1,'campaign':'c','campaign':'d','creator':'m'}",
     JALON_DAMAGED},
    {"nothing", read_link, "", JALON_DAMAGED},
    {"list", read_link, "[1]", JALON_DAMAGED},
    {"text", read_link, "'v'", JALON_DAMAGED},
    {"half", read_link, "{'v':1,'campaign':'c','creat", JALON_DAMAGED},
    {"more behind", read_link, "{'v':1,'campaign':'c','creator':'m'}}", JALON_DAMAGED},
    {"no UTF-8", read_link, "{'v':1,'campaign':'\xff','creator':'m'}", JALON_DAMAGED},
    {"NUL", read_link, "{'v':1,'campaign':'a\\u0000b','creator':'m'}", JALON_DAMAGED},
    {"campaign", read_campaign, "{'v':1," CAMPAIGN "}", JALON_OK},
    {"campaign with hosts", read_campaign, "{'v':1," CAMPAIGN ",'allow_host':['a','*.b']}",
     JALON_OK},
    {"campaign with a number for a host", read_campaign, "{'v':1," CAMPAIGN ",'allow_host':[1]}",
     JALON_DAMAGED},
    {"campaign with 16 hosts", read_campaign,
     "{'v':1," CAMPAIGN
     ",'allow_host':['1','2','3','4','5','6','7','8','9','a','b','c','d','e','f','g']}",
     JALON_DAMAGED},
    {"campaign with text for hosts", read_campaign, "{'v':1," CAMPAIGN ",'allow_host':'a'}",
     JALON_DAMAGED},
    {"campaign with a number for a source", read_campaign, "{'v':1," CAMPAIGN ",'utm_source':5}",
     JALON_DAMAGED},
    {"campaign with an earlier rule", read_campaign,
     "{'v':1," CAMPAIGN ",'earlier_rules':[{'attribution':'linear','window':'7d','until_ms':5}]}",
     JALON_OK},
    {"campaign with a rule of no name", read_campaign,
     "{'v':1," CAMPAIGN ",'earlier_rules':[{'attribution':'best','window':'7d','until_ms':5}]}",
     JALON_DAMAGED},
    {"campaign with a rule without a window", read_campaign,
     "{'v':1," CAMPAIGN ",'earlier_rules':[{'attribution':'linear','until_ms':5}]}", JALON_DAMAGED},
    {"campaign with text for a rule", read_campaign,
     "{'v':1," CAMPAIGN ",'earlier_rules':['linear']}", JALON_DAMAGED},
    {"campaign alone", read_campaign, "{'v':1,'campaign':'c'}", JALON_DAMAGED},
    {"creator", read_creator, "{'v':1,'creator':'m','followers':0,'niche':['a']}", JALON_OK},
    {"creator without slug", read_creator, "{'v':1,'name':'m'}", JALON_DAMAGED},
    {"creator of 17 niches", read_creator,
     "{'v':1,'creator':'m','niche':['','','','','','','','','','','','','','','','','']}",
     JALON_DAMAGED},
    {"codes", read_code, "{'v':1,'folded':'A1','codes':[" CODE "," CODE "]}", JALON_OK},
    {"no codes", read_code, "{'v':1,'folded':'A1','codes':[]}", JALON_OK},
    {"code that is text", read_code, "{'v':1,'folded':'A1','codes':['A1']}", JALON_DAMAGED},
    {"codes without folded", read_code, "{'v':1,'codes':[" CODE "]}", JALON_DAMAGED},
    {"seventeen codes", read_code,
     "{'v':1,'folded':'A1','codes':[" CODE "," CODE "," CODE "," CODE "," CODE "," CODE "," CODE
     "," CODE "," CODE "," CODE "," CODE "," CODE "," CODE "," CODE "," CODE "," CODE "," CODE "]}",
     JALON_DAMAGED},
    {"post", read_post, "{'v':1,'url':'u','campaign':'c','creator':'m','snapshots':[]}", JALON_OK},
    {"post with a list for a snapshot", read_post,
     "{'v':1,'url':'u','campaign':'c','creator':'m','snapshots':[{'taken_ms':1,'likes':[]}]}",
     JALON_DAMAGED},
    {"post without url", read_post, "{'v':1,'campaign':'c','creator':'m'}", JALON_DAMAGED},
    {"cost", read_cost, "{'v':1,'value':'250.00'}", JALON_OK},
    {"cost over-precise", read_cost, "{'v':1,'value':'250.001'}", JALON_DAMAGED},
    {"cost without value", read_cost, "{'v':1}", JALON_DAMAGED},
    {"cost with a number", read_cost, "{'v':1,'value':250}", JALON_DAMAGED},
    {"order", read_conversion, "{'v':1," ORDER "}", JALON_OK},
    {"order with a click", read_conversion, "{'v':1," ORDER ",'clicks':[{" CLICK "}]}", JALON_OK},
    {"order with a valid click of nobody", read_conversion,
     "{'v':1," ORDER ",'clicks':[{'id':'x','verdict':'valid','link':'0123456789abcdef'}]}",
     JALON_DAMAGED},
    {"order with a valid click on no link", read_conversion,
     "{'v':1," ORDER ",'clicks':[{'id':'x','verdict':'valid','creator':'m'}]}", JALON_DAMAGED},
    {"order with a verdict unheard of", read_conversion,
     "{'v':1," ORDER ",'clicks':[{'id':'x','verdict':'perhaps'}]}", JALON_DAMAGED},
    {"order with a link in capitals", read_conversion,
     "{'v':1," ORDER ",'clicks':[{'id':'x','verdict':'unknown','link':'0123456789ABCDEF'}]}",
     JALON_DAMAGED},
    {"order with text for a click", read_conversion, "{'v':1," ORDER ",'clicks':['x']}",
     JALON_DAMAGED},
    {"order of a status unheard of", read_conversion,
     "{'v':1,'order_id':'1','type':'sale','currency':'EUR','status':'lost'}", JALON_DAMAGED},
    {"order of a negative amount", read_conversion, "{'v':1," ORDER ",'amount_minor':-1}",
     JALON_DAMAGED},
    {"order of a real amount", read_conversion, "{'v':1," ORDER ",'amount_minor':1.0}",
     JALON_DAMAGED},
    {"order refunded", read_conversion,
     "{'v':1," ORDER ",'amount_minor':9,'refunds':[{'id':'a','minor':4},{'id':'b','minor':5}]}",
     JALON_OK},
    {"order refunded past its amount", read_conversion,
     "{'v':1," ORDER ",'amount_minor':9,'refunds':[{'id':'a','minor':5},{'id':'b','minor':5}]}",
     JALON_DAMAGED},
    {"order refunded below zero", read_conversion,
     "{'v':1," ORDER ",'amount_minor':9,'refunds':[{'id':'a','minor':-5}]}", JALON_DAMAGED},
    {"order with a valid code of nobody", read_conversion,
     "{'v':1," ORDER ",'code':{'text':'a','folded':'A','verdict':'valid'}}", JALON_DAMAGED},
    {"order with text for a code", read_conversion, "{'v':1," ORDER ",'code':'A'}", JALON_DAMAGED},
};

static size_t with_quotes(char *json)
{
    for (char *at = json; (at = strchr(at, '\''));)
        *at = '"';
    return strlen(json);
}

static void damage_is_told(void **state)
{
    (void)state;
    struct guard_page guard = guard_page_new(4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char json[2048];
        assert_int_equal(slice_to_string(json, sizeof json, slice_of_string(rows[i].json)), 0);
        size_t size = with_quotes(json);
        int err = rows[i].read(guard_page_copy(&guard, slice_of(json, size)));
        if (err != rows[i].err)
            fail_msg("%s: %d", rows[i].name, err);
        for (size_t cut = 0; !err && cut < size; cut++) /* each beginning of it is damage */
            assert_int_equal(rows[i].read(guard_page_copy(&guard, slice_of(json, cut))),
                             JALON_DAMAGED);
    }
    guard_page_free(&guard);
}

static void cost_fields_are_read_strictly(void **state)
{
    static const char *const bad[] = {
        "",
        "/",
        "//",
        "marie",
        "marie/2026-05-01",
        "marie/2026-05-01/",
        "/2026-05-01/fee",
        "marie/2026-02-30/fee",
        "marie/2026-05-01/bonus",
        "marie/2026-05-01/fee/",
        "marie//fee",
    };
    (void)state;
    struct slice json = SLICE("{\"v\":1,\"value\":\"7.25%\"}");
    struct cost_view view;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(cost_view_read(&view, slice_of_string(bad[i]), json, 2), JALON_DAMAGED);
    char field[COST_FIELD_MAX];
    cost_field_format(field, SLICE("marie"), 20574,
                      COST_COMMISSION); /* date -d @$((20574*86400)) */
    assert_string_equal(field, "marie/2026-05-01/commission");
    assert_int_equal(cost_view_read(&view, slice_of_string(field), json, 2), JALON_OK);
    assert_true(slice_is(view.creator, "marie"));
    assert_int_equal(view.entry.value, 7250000);
}

static void validity_is_half_open(void **state)
{
    static const struct {
        int64_t from, until, grace, at;
        enum verdict verdict;
    } cases[] = {
        {0, 0, 0, 5, VERDICT_VALID},
        {10, 20, 0, 9, VERDICT_NOT_YET_VALID},
        {10, 20, 0, 10, VERDICT_VALID},
        {10, 20, 0, 19, VERDICT_VALID},
        {10, 20, 0, 20, VERDICT_NO_LONGER_VALID},
        {10, 20, 5, 24, VERDICT_VALID},
        {10, 20, 5, 25, VERDICT_NO_LONGER_VALID},
        {0, 20, 0, -5, VERDICT_VALID},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct code_view code = {
            .valid_from_ms = cases[i].from,
            .valid_until_ms = cases[i].until,
            .grace_ms = cases[i].grace,
        };
        assert_int_equal(code_view_judge(&code, cases[i].at), cases[i].verdict);
    }
}

static void a_link_that_comes_late_is_found(void **state)
{
    char json[] = "{'v':1," ORDER ",'clicks':[{'id':'x','verdict':'unregistered','link':"
                  "'0000000000000007'},{'id':'y','verdict':'unknown'},{'id':'z','verdict':"
                  "'forged'}]}";
    (void)state;
    size_t size = with_quotes(json);
    struct conversion_view view;
    assert_int_equal(conversion_view_read(&view, slice_of(json, size)), JALON_OK);
    conversion_view_resolve(&view, 8, SLICE("tom"), SLICE("bio"));
    assert_int_equal(view.evidence.clicks[0].verdict, VERDICT_UNREGISTERED);
    conversion_view_resolve(&view, 0, SLICE("tom"), SLICE("bio"));
    assert_int_equal(view.evidence.clicks[1].verdict, VERDICT_UNKNOWN);
    assert_int_equal(view.evidence.clicks[2].verdict, VERDICT_FORGED);
    conversion_view_resolve(&view, 7, SLICE("tom"), SLICE("bio"));
    assert_int_equal(view.evidence.clicks[0].verdict, VERDICT_VALID);
    assert_true(slice_is(view.evidence.clicks[0].creator, "tom"));
    conversion_view_done(&view);
    /* Of another campaign, as it turns out. */
    assert_int_equal(conversion_view_read(&view, slice_of(json, size)), JALON_OK);
    conversion_view_resolve(&view, 7, SLICE_NONE, SLICE("bio"));
    assert_int_equal(view.evidence.clicks[0].verdict, VERDICT_UNKNOWN);
    conversion_view_done(&view);
}

#define SALE                                                                                       \
    "{'v':1,'order_id':'1','type':'sale','amount_minor':1000,'currency':'EUR','occurred_ms':10,"
#define REFUNDS ",'refunds':[{'id':'a','minor':300,'at_ms':20},{'id':'b','minor':700,'at_ms':30}]"

static void a_conversion_is_worth_what_was_known_then(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int64_t before_ms;
        bool counts;
        int64_t revenue_minor;
    } cases[] = {
        {SALE "'status':'approved'}", 11, true, 1000},
        {SALE "'status':'pending'}", INT64_MAX, true, 1000},
        {SALE "'status':'approved','refunds':[{'id':'a','minor':300,'at_ms':20}]}", 20, true, 1000},
        {SALE "'status':'approved','refunds':[{'id':'a','minor':300,'at_ms':20}]}", 21, true, 700},
        {SALE "'status':'refunded','history':[{'status':'refunded','at_ms':30}]" REFUNDS "}", 30,
         true, 700},
        {SALE "'status':'refunded','history':[{'status':'refunded','at_ms':30}]" REFUNDS "}", 31,
         false, 0},
        {SALE "'status':'cancelled','history':[{'status':'approved','at_ms':15},"
              "{'status':'cancelled','at_ms':40}]}",
         40, true, 1000},
        {SALE "'status':'cancelled','history':[{'status':'approved','at_ms':15},"
              "{'status':'cancelled','at_ms':40}]}",
         41, false, 0},
        /* As it came. */
        {SALE "'status':'refunded'}", 11, false, 0},
        {SALE "'status':'cancelled'}", INT64_MIN + 1, false, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[512];
        (void)snprintf(json, sizeof json, "%s", cases[i].json);
        size_t size = with_quotes(json);
        struct conversion_view view;
        assert_int_equal(conversion_view_read(&view, slice_of(json, size)), JALON_OK);
        struct conversion_worth worth = conversion_view_worth(&view, cases[i].before_ms);
        if (worth.counts != cases[i].counts || worth.revenue_minor != cases[i].revenue_minor)
            fail_msg("case %zu: %d, %lld", i, worth.counts, (long long)worth.revenue_minor);
        conversion_view_done(&view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(cost_fields_are_read_strictly),
        cmocka_unit_test(validity_is_half_open),
        cmocka_unit_test(a_link_that_comes_late_is_found),
        cmocka_unit_test(a_conversion_is_worth_what_was_known_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
