/* conversion_answer.h - what a conversion is answered with: who is credited, on what evidence, or why nobody is. */
#ifndef REGISTRY_CONVERSION_ANSWER_H
#define REGISTRY_CONVERSION_ANSWER_H
#include "core/registry/draft.h"
#include "core/registry/thing.h"

/* From the record's JSON, under the campaign's rule as it is now. With is_whole, all that a listing shows. */
CHECKED int conversion_answer(struct draft *draft, const struct campaign_view *campaign,
                              struct slice json, bool is_whole, json_t **ret_answer);
#endif
