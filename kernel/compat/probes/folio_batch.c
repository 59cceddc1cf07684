// SPDX-License-Identifier: GPL-2.0-only
/* Since 7.0 struct folio_batch has a header of its own; before, it stands in <linux/pagevec.h>. */
#include <linux/folio_batch.h>

void probe(struct folio_batch *batch);
void probe(struct folio_batch *batch)
{
	folio_batch_init(batch);
}
