/* heap.h - memory for a command that reads a campaign's whole past. */
#ifndef JALON_ADMIN_HEAP_H
#define JALON_ADMIN_HEAP_H

/* Asks for huge pages below what malloc gives out next, some 60 MiB. A report fills tens of MiB once and goes through them in no order:
 * small pages cost it much of its time, to make them and to find them again. Where the system has
 * none, nothing changes. Call it before there are threads. */
void heap_use_huge_pages(void);

#endif
