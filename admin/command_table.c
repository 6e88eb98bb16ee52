#include "admin/command.h"
#include "admin/handlers.h"

#include <assert.h>

const struct option_row command_global_options[] = {
    {"data", OPTION_VALUE, "DIR", "the data folder; default $JALON_DATA, else " FOLDER_DEFAULT,
     false, NULL},
    {"config", OPTION_VALUE, "FILE", "the configuration; default DIR/jalond.conf", false, NULL},
    {"help", OPTION_FLAG, NULL, "say what there is to say, and exit", false, NULL},
    {"version", OPTION_FLAG, NULL, "print the version, and exit", false, NULL},
    {0},
};

static const struct option_row format_option[] = {
    {"format", OPTION_VALUE, "FORMAT", "table, csv or json; default table", false, NULL}, {0}};
static const struct option_row page_format_option[] = {
    {"format", OPTION_VALUE, "FORMAT", "table, csv, json or html; default table", false, NULL},
    {0}};
static const struct option_row init_options[] = {
    {"domain", OPTION_VALUE, "URL", "base of the short links, e.g. https://go.example.com", true,
     NULL},
    {0},
};
static const struct option_row yes_option[] = {{"yes", OPTION_FLAG, NULL, "don't ask", false, NULL},
                                               {0}};
static const struct option_row campaign_set_options[] = {
    {"yes", OPTION_FLAG, NULL, "don't ask", false, NULL},
    {"dry-run", OPTION_FLAG, NULL, "say what would move, and change nothing", false, NULL},
    {0},
};
static const struct option_row keys_export_options[] = {
    {"campaign", OPTION_VALUE, "SLUG", "the campaign to sign for", true, NULL},
    {"purpose", OPTION_VALUE, "PURPOSE", "portable, code or click: what to sign", true, NULL},
    {0},
};
static const struct option_row list_filters[] = {
    {"campaign", OPTION_VALUE, "SLUG", "only those of this campaign", false, NULL},
    {"creator", OPTION_VALUE, "SLUG", "only those of this creator", false, NULL},
    {0},
};
static const struct option_row conversion_filters[] = {
    {"campaign", OPTION_VALUE, "SLUG", "only those of this campaign", false, NULL},
    {"creator", OPTION_VALUE, "SLUG", "only those credited to this creator", false, NULL},
    {"from", OPTION_VALUE, "DATE",
     "from this day of the campaign's zone on, or from this moment on", false, NULL},
    {"to", OPTION_VALUE, "DATE", "to the end of this day, or up to this moment", false, NULL},
    {0},
};
static const struct option_row code_options[] = {
    {"campaign", OPTION_VALUE, "SLUG", "the campaign, where a code is in several", false, NULL},
    {0}};
static const struct option_row replace_option[] = {
    {"replace", OPTION_FLAG, NULL, "overwrite a cost of the same day and kind", false, NULL}, {0}};
static const struct option_row import_options[] = {
    {"skip-bad", OPTION_FLAG, NULL, "leave bad rows out instead of importing nothing", false, NULL},
    {"ignore-columns", OPTION_FLAG, NULL, "pass over columns that are not known", false, NULL},
    {0},
};
static const struct option_row cost_import_options[] = {
    {"skip-bad", OPTION_FLAG, NULL, "leave bad rows out instead of importing nothing", false, NULL},
    {"ignore-columns", OPTION_FLAG, NULL, "pass over columns that are not known", false, NULL},
    {"replace", OPTION_FLAG, NULL, "overwrite costs of the same day and kind", false, NULL},
    {0},
};
static const struct option_row conversion_import_options[] = {
    {"map", OPTION_VALUE, "MAP",
     "read a shop's own export: shopify, woocommerce, or a file that says how", false, NULL},
    {"campaign", OPTION_VALUE, "SLUG", "with --map: the campaign of the orders", false, NULL},
    {"skip-bad", OPTION_FLAG, NULL, "leave bad rows out instead of importing nothing", false, NULL},
    {"ignore-columns", OPTION_FLAG, NULL, "pass over columns that are not known", false, NULL},
    {0},
};
static const struct option_row conversion_set_options[] = {
    {"campaign", OPTION_VALUE, "SLUG", "the order's campaign", true, NULL},
    {"status", OPTION_VALUE, "STATUS", "approved or cancelled", true, NULL},
    {0},
};
static const struct option_row report_options[] = {
    {"campaign", OPTION_LIST, "SLUG",
     "of this campaign; the reports campaigns and compare need none", false, NULL},
    {"creator", OPTION_VALUE, "SLUG", "only this creator", false, NULL},
    {"from", OPTION_VALUE, "DATE", "first day, in the campaign's zone", false, NULL},
    {"to", OPTION_VALUE, "DATE", "last day; default today", false, NULL},
    {"sort", OPTION_VALUE, "FIELD", "order by this field, greatest first", false, NULL},
    {"step", OPTION_VALUE, "STEP", "of the timeline: hour, day or week; default day", false, NULL},
    {"by", OPTION_VALUE, "GROUP",
     "of compare: tier, creator, niche, channel, kind or lever; default tier", false, NULL},
    {"lang", OPTION_VALUE, "LANGUAGE", "of table and html: en or fr; default en", false, NULL},
    {0},
};
static const struct option_row export_options[] = {
    {"campaign", OPTION_LIST, "SLUG", "only this campaign", false, NULL},
    {"from", OPTION_VALUE, "TIME", "from this moment on (RFC 3339)", false, NULL},
    {"to", OPTION_VALUE, "TIME", "up to this moment, not included", false, NULL},
    {"wide", OPTION_FLAG, NULL, "more columns, by which the reports can be made again", false,
     NULL},
    {"format", OPTION_VALUE, "FORMAT", "csv or json (one object a line); default csv", false, NULL},
    {0},
};

#define IMPORT_MORE                                                                                \
    "FILE is CSV with a header or NDJSON; without it, or as \"-\", standard input is read. All "   \
    "rows are "                                                                                    \
    "imported or none: each bad one is named with its line."

#define ADD FIELDS_FOR_ADD
#define SET FIELDS_FOR_SET
#define NONE FIELDS_NONE

/* Noun, verb, arguments (text, least, most), fields, options, has_format, needs, handler. */
static const struct command commands[] = {
    {"init", NULL, NULL, 0, 0, NONE, init_options, false, NEEDS_NOTHING, init_run,
     .summary = "make a data folder: configuration and key ring"},

    {"keys", "list", NULL, 0, 0, NONE, NULL, true, NEEDS_KEYS, keys_list,
     .summary = "the keys of the ring, newest first"},
    {"keys", "rotate", NULL, 0, 0, NONE, NULL, false, NEEDS_KEYS, keys_rotate,
     .summary = "make a new active key; the one before still verifies",
     .more = "Prints the new key's id. jalond reads the ring again at SIGHUP."},
    {"keys", "retire", "KEY_ID", 1, 1, NONE, yes_option, false, NEEDS_STORE, keys_retire,
     .summary = "end a key: what it signed no longer holds",
     .more = "Says how many live links and codes that would kill, and asks."},
    {"keys", "export", NULL, 0, 0, NONE, keys_export_options, false, NEEDS_STORE, keys_export,
     .summary = "print a ring that signs for one campaign and purpose only",
     .more = "For a brand's own process with libjalon. Keep it secret: redirect it into a file of "
             "mode 0600."},

    {"campaign", "add", "SLUG", 1, 1, ADD, NULL, false, NEEDS_STORE, verb_add,
     .summary = "set up a campaign", .key = "campaign"},
    {"campaign", "list", NULL, 0, 0, NONE, NULL, true, NEEDS_STORE, verb_list,
     .summary = "all campaigns"},
    {"campaign", "show", "SLUG", 1, 1, NONE, NULL, true, NEEDS_STORE, verb_show,
     .summary = "all there is to know about one"},
    {"campaign", "set", "SLUG", 1, 1, SET, campaign_set_options, true, NEEDS_STORE,
     campaign_set_run, .summary = "change a campaign",
     .more =
         "An empty value takes a field away. Another --attribution or --window first says whose "
         "figures it moves, and by how much; on a terminal it asks."},

    {"creator", "add", "SLUG", 1, 1, ADD, NULL, false, NEEDS_STORE, verb_add,
     .summary = "add a creator", .key = "creator"},
    {"creator", "list", NULL, 0, 0, NONE, NULL, true, NEEDS_STORE, verb_list,
     .summary = "all creators"},
    {"creator", "show", "SLUG", 1, 1, NONE, NULL, true, NEEDS_STORE, verb_show,
     .summary = "all there is to know about one"},
    {"creator", "set", "SLUG", 1, 1, SET, NULL, false, NEEDS_STORE, verb_set,
     .summary = "change a creator", .more = "An empty value takes a field away."},
    {"creator", "import", "[FILE]", 0, 1, NONE, import_options, true, NEEDS_STORE, import_run,
     .summary = "add or change many creators", .more = IMPORT_MORE},
    {"creator", "erase", "SLUG", 1, 1, NONE, yes_option, false, NEEDS_STORE, creator_erase_run,
     .summary = "remove what is known about a person, for good",
     .more = "Name, platform, followers and niches go, the creator's links and codes are disabled; "
             "the figures stay, under the slug. Asks."},

    {"link", "add", NULL, 0, 0, ADD, NULL, false, NEEDS_STORE, verb_add,
     .summary = "issue a short link; prints its URL"},
    {"link", "list", NULL, 0, 0, NONE, list_filters, true, NEEDS_STORE, verb_list,
     .summary = "links"},
    {"link", "show", "CODE", 1, 1, NONE, NULL, true, NEEDS_STORE, verb_show, .summary = "one link"},
    {"link", "set", "CODE", 1, 1, SET, NULL, false, NEEDS_STORE, verb_set,
     .summary = "change a link", .more = "An empty value takes a field away."},
    {"link", "import", "[FILE]", 0, 1, NONE, import_options, true, NEEDS_STORE, import_run,
     .summary = "issue many links",
     .more = IMPORT_MORE " A row without a slug issues a new link each time."},
    {"link", "verify", "LINK", 1, 1, NONE, NULL, true, NEEDS_KEYS, link_verify_run,
     .summary = "is this code, short link or portable token signed by us? Needs no store",
     .more = "Exit 1 when it is not."},

    {"code", "add", NULL, 0, 0, ADD, NULL, true, NEEDS_STORE, code_add_run,
     .summary = "issue promo codes; prints each on a line"},
    {"code", "list", NULL, 0, 0, NONE, list_filters, true, NEEDS_STORE, verb_list,
     .summary = "promo codes"},
    {"code", "show", "CODE", 1, 1, NONE, code_options, true, NEEDS_STORE, code_show_run,
     .summary = "one promo code"},
    {"code", "set", "CODE", 1, 1, SET, code_options, false, NEEDS_STORE, code_set_run,
     .summary = "change a promo code",
     .more =
         "An empty value takes a field away. A limit counts the orders before it, too: a code's "
         "first one looks through all orders of the campaign."},
    {"code", "rotate", "CODE", 1, 1, ADD, NULL, true, NEEDS_STORE, code_rotate_run,
     .summary = "replace a promo code by a new one; prints it",
     .more = "Creator, campaign, discount, end and limit stay. The old one is still recognised for "
             "--keep-days, and in reports the two are one.",
     .record = "rotation"},
    {"code", "verify", "CODE", 1, 1, NONE, code_options, true, NEEDS_STORE, code_verify_run,
     .summary = "is this code good, for whom, until when?",
     .more = "Exit 1 when it is not: unknown, mistyped, disabled or expired."},

    {"cost", "add", NULL, 0, 0, ADD, replace_option, true, NEEDS_STORE, cost_add_run,
     .summary = "what a creator costs in a campaign"},
    {"cost", "list", NULL, 0, 0, NONE, list_filters, true, NEEDS_STORE, verb_list,
     .summary = "costs"},
    {"cost", "import", "[FILE]", 0, 1, NONE, cost_import_options, true, NEEDS_STORE, import_run,
     .summary = "add many costs", .more = IMPORT_MORE},

    {"post", "add", "[URL]", 0, 1, ADD, NULL, true, NEEDS_STORE, post_add_run,
     .summary = "a published post and its figures",
     .more = "Figures given again later are a further snapshot: the newest counts.", .key = "url"},
    {"post", "list", NULL, 0, 0, NONE, list_filters, true, NEEDS_STORE, verb_list,
     .summary = "posts"},
    {"post", "import", "[FILE]", 0, 1, NONE, import_options, true, NEEDS_STORE, import_run,
     .summary = "add many posts or snapshots", .more = IMPORT_MORE},

    {"conversion", "add", "[ORDER_ID]", 0, 1, ADD, NULL, true, NEEDS_STORE, conversion_add_run,
     .summary = "record an order; says who is credited", .key = "order_id"},
    {"conversion", "list", NULL, 0, 0, NONE, conversion_filters, true, NEEDS_STORE, verb_list,
     .summary = "orders, and who is credited"},
    {"conversion", "set", "ORDER_ID", 1, 1, NONE, conversion_set_options, true, NEEDS_STORE,
     conversion_set_run, .summary = "approve or cancel an order"},
    {"conversion", "refund", "ORDER_ID", 1, 1, ADD, NULL, true, NEEDS_STORE, conversion_refund_run,
     .summary = "record a refund", .more = "The same --refund-id again counts once.",
     .record = "refund"},
    {"conversion", "import", "[FILE]", 0, 1, NONE, conversion_import_options, true, NEEDS_STORE,
     import_run, .summary = "record many orders",
     .more =
         IMPORT_MORE " With --map FILE is a shop's own order export, of which only what the map "
                     "names is read; what was matched is said at the end."},

    {"report", NULL, "NAME", 1, 1, NONE, report_options, true, NEEDS_STORE, report_show,
     .summary = "a report, as table, CSV, JSON or HTML",
     .more =
         "HTML is one page that needs nothing from elsewhere: send it as it is. That of creators "
         "tells the whole story: days, decay, orders. With --creator it is the one for that "
         "creator: their links, codes, what is owed to them, and the evidence of their orders.",
     .has_html = true},

    {"export", "clicks", NULL, 0, 0, NONE, export_options, false, NEEDS_STORE, export_clicks,
     .summary = "every click, its class and its click id", .more = "In no particular order."},
    {"export", "conversions", NULL, 0, 0, NONE, export_options, false, NEEDS_STORE,
     export_conversions, .summary = "every order, a row for each creator credited"},

    {"token", "add", NULL, 0, 0, ADD, NULL, false, NEEDS_STORE, verb_add,
     .summary = "make an API token; prints it, once"},
    {"token", "list", NULL, 0, 0, NONE, NULL, true, NEEDS_STORE, verb_list,
     .summary = "API tokens, without their secrets"},
    {"token", "revoke", "TOKEN_ID", 1, 1, NONE, NULL, false, NEEDS_STORE, token_revoke_run,
     .summary = "end an API token"},

    {"doctor", NULL, NULL, 0, 0, NONE, NULL, true, NEEDS_NOTHING, doctor_run,
     .summary = "check the installation: a line a check, and what to do",
     .more = "Exit 1 when a check fails."},
};

static const struct noun_summary nouns[] = {
    {"init", "make a data folder"},
    {"keys", "the key ring that signs links, codes and click ids"},
    {"campaign", "campaigns"},
    {"creator", "creators"},
    {"link", "short links"},
    {"code", "promo codes"},
    {"cost", "what creators cost"},
    {"post", "published posts and their figures"},
    {"conversion", "orders, signups, leads"},
    {"report", "figures per creator, campaign, link, code, day, source"},
    {"export", "every click or order, streamed"},
    {"token", "tokens of the HTTP API"},
    {"doctor", "check the installation"},
};

const struct command *command_at(size_t index)
{
    return index < sizeof commands / sizeof *commands ? &commands[index] : NULL;
}

const struct noun_summary *command_noun_at(size_t index)
{
    return index < sizeof nouns / sizeof *nouns ? &nouns[index] : NULL;
}

const struct noun *command_record(const struct command *command)
{
    return noun_find(slice_of_string(command->record ? command->record : command->noun));
}

void command_options(const struct command *command, struct option_table *ret_table)
{
    option_table_init(ret_table);
    if (command->fields != FIELDS_NONE) {
        const struct noun *noun = command_record(command);
        assert(noun);
        option_table_add_fields(ret_table, noun, command->fields);
    }
    option_table_add(ret_table, command->options);
    if (command->has_format)
        option_table_add(ret_table, command->has_html ? page_format_option : format_option);
    option_table_add(ret_table, command_global_options);
}
