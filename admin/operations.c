#include "admin/operations.h"

static const struct list_column campaign_columns[] = {
    {"campaign", "Campaign", 0},
    {"brand", "Brand", 0},
    {"kind", "Kind", 0},
    {"currency", "Currency", 0},
    {"timezone", "Time zone", 0},
    {"start", "Start", TABLE_MINOR},
    {"end", "End", TABLE_MINOR},
    {"attribution", "Attribution", 0},
    {"window", "Window", TABLE_RIGHT | TABLE_MINOR},
    {"goal", "Goal", TABLE_MINOR},
    {"target", NULL, 0},
    {"fallback", NULL, 0},
    {"disclosure", NULL, 0},
    {0}};
static const struct list_column creator_columns[] = {
    {"creator", "Creator", 0},       {"name", "Name", 0},
    {"platform", "Platform", 0},     {"followers", "Followers", TABLE_RIGHT},
    {"tier", "Tier", TABLE_MINOR},   {"niche", "Niche", 0},
    {"state", "State", TABLE_MINOR}, {0}};
static const struct list_column link_columns[] = {{"url", "URL", 0},
                                                  {"code", NULL, 0},
                                                  {"campaign", "Campaign", 0},
                                                  {"creator", "Creator", 0},
                                                  {"channel", "Channel", 0},
                                                  {"state", "State", 0},
                                                  {"expires_at", "Expires", TABLE_MINOR},
                                                  {"target", NULL, 0},
                                                  {"reason", NULL, 0},
                                                  {"link_id", NULL, 0},
                                                  {0}};
static const struct list_column code_columns[] = {
    {"code", "Code", 0},
    {"campaign", "Campaign", 0},
    {"creator", "Creator", 0},
    {"discount", "Discount", TABLE_MINOR},
    {"valid_from", NULL, 0},
    {"valid_until", "Valid until", TABLE_MINOR},
    {"max_redemptions", "Limit", TABLE_RIGHT | TABLE_MINOR},
    {"state", "State", 0},
    {"replaced_by", "Replaced by", TABLE_MINOR},
    {"replaces", NULL, 0},
    {0}};
static const struct list_column cost_columns[] = {
    {"campaign", "Campaign", 0},
    {"creator", "Creator", 0},
    {"date", "Date", 0},
    {"fee", "Fee", TABLE_RIGHT},
    {"per_click", "Per click", TABLE_RIGHT},
    {"per_conversion", "Per conversion", TABLE_RIGHT},
    {"commission", "Commission", TABLE_RIGHT},
    {"product", "Product", TABLE_RIGHT},
    {"per_conversion_code", "Per code sale", TABLE_RIGHT | TABLE_MINOR},
    {"commission_code", "Code commission", TABLE_RIGHT | TABLE_MINOR},
    {0}};
static const struct list_column post_columns[] = {
    {"url", "URL", 0},
    {"campaign", "Campaign", 0},
    {"creator", "Creator", 0},
    {"published_at", "Published", TABLE_MINOR},
    {"taken_at", NULL, 0},
    {"impressions", "Impressions", TABLE_RIGHT},
    {"reach", "Reach", TABLE_RIGHT | TABLE_MINOR},
    {"likes", "Likes", TABLE_RIGHT | TABLE_MINOR},
    {"comments", "Comments", TABLE_RIGHT | TABLE_MINOR},
    {"shares", "Shares", TABLE_RIGHT | TABLE_MINOR},
    {"saves", "Saves", TABLE_RIGHT | TABLE_MINOR},
    {0}};
static const struct list_column conversion_columns[] = {
    {"campaign", "Campaign", 0},
    {"order_id", "Order", 0},
    {"type", "Type", 0},
    {"amount", "Amount", TABLE_RIGHT},
    {"refunded", "Refunded", TABLE_RIGHT | TABLE_MINOR},
    {"currency", "Currency", TABLE_MINOR},
    {"occurred_at", "Occurred", TABLE_MINOR},
    {"status", "Status", 0},
    {"credits.creator", "Creator", 0},
    {"credits.evidence", "Evidence", 0},
    {"unattributed", "Unattributed", TABLE_MINOR},
    {"code", NULL, 0},
    {"click_id", NULL, 0},
    {"flags", NULL, 0},
    {0}};
static const struct list_column token_columns[] = {{"id", "Id", 0},
                                                   {"scopes", "Scopes", 0},
                                                   {"brand", "Brand", 0},
                                                   {"campaign", "Campaign", 0},
                                                   {"name", "Name", 0},
                                                   {"state", "State", 0},
                                                   {"created_at", "Created", TABLE_MINOR},
                                                   {0}};

static const struct operations rows[] = {
    {"campaign", campaign_add, NULL, campaign_show, campaign_list, NULL, "campaign",
     campaign_columns},
    {"creator", creator_add, creator_set, creator_show, creator_list, NULL, "creator",
     creator_columns},
    {"link", link_add, link_set, link_show, NULL, link_list, "url", link_columns},
    {"code", NULL, NULL, NULL, NULL, code_list, NULL, code_columns},
    {"cost", NULL, NULL, NULL, NULL, cost_list, NULL, cost_columns},
    {"post", NULL, NULL, NULL, NULL, post_list, NULL, post_columns},
    {"conversion", NULL, NULL, NULL, NULL, conversion_list, NULL, conversion_columns},
    {"token", token_add, NULL, NULL, token_list, NULL, "token", token_columns},
};

const struct operations *operations_at(size_t index)
{
    return index < sizeof rows / sizeof *rows ? &rows[index] : NULL;
}

const struct operations *operations_find(const char *noun)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].noun, noun) == 0)
            return &rows[i];
    return NULL;
}
