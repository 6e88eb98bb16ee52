/* conversion.h - an order planned into a draft: recorded, known already, or contradicting what is known. */
#ifndef REGISTRY_CONVERSION_H
#define REGISTRY_CONVERSION_H
#include "core/registry/order.h"
#include "core/registry/row.h"

CHECKED int conversion_plan_order(struct registry *registry, struct draft *draft,
                                  const struct order *order, struct row *row,
                                  struct problem *problem);
#endif
