/* agent_expression.h - all agent patterns of one kind as one regular expression.
 *
 * The alternatives are grouped by the character that they begin with:
 *
 *     (?=c)(?:curl/|colly)|(?=w)(?:wget/|winhttp)|(?:[bc]rawl)
 *
 * so that a character of the agent is held against the groups and not against each pattern. Where a
 * kind names something, a mark says which row it was: row << 8 | value, so that of all that match in an
 * agent the lowest mark is the first row's:
 *
 *     (?=e)(?:Edg/(*MARK:533))|(?=c)(?:Chrome/(*MARK:1043))
 */
#ifndef TRAFFIC_AGENT_EXPRESSION_H
#define TRAFFIC_AGENT_EXPRESSION_H
#include "core/base/buffer.h"
#include "core/traffic/agent_list.h"

/* Appends nothing when there is no row of that kind. buffer_error(). */
CHECKED int agent_expression_build(struct buffer *out, const struct agent_list *list,
                                   enum agent_kind kind);
#endif
