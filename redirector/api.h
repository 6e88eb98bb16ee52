/* api.h - the HTTP API: each route is an operation that a clerk runs on the registry or the reports. */
#ifndef REDIRECTOR_API_H
#define REDIRECTOR_API_H
#include "redirector/exchange.h"

struct api_operation; /* api_call.h */

extern const struct api_operation api_link_add, api_link_show, api_link_set;
extern const struct api_operation api_code_add, api_code_show, api_code_rotate;
extern const struct api_operation api_conversion_add, api_conversion_set, api_refund_add;
extern const struct api_operation api_report_show;

/* Hands exchange->route->operation to a clerk, and answers when it is done. */
void api_handle(struct exchange *exchange);
#endif
