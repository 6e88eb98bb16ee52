/* heap.h - memory for a command that reads a campaign's whole past. */
#ifndef JALON_ADMIN_HEAP_H
#define JALON_ADMIN_HEAP_H

/* Asks for huge pages below what malloc gives out next, some 60 MiB. A report touches tens of MiB once, or once a row in no order:
 * with small pages a third of its time goes into making them, and into finding them again. Where the system has
 * none, nothing changes. Call it before there are threads. */
void heap_use_huge_pages(void);

#endif
