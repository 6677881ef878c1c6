/* SPDX-License-Identifier: Apache-2.0 */
/* Of secure_boot.h: what this machine's firmware says. */
#include "secure_boot.h"
#include "variables.h"

void secure_boot_read(struct heap *heap, struct secure_boot *ret)
{
	struct text on;
	*ret = (struct secure_boot){ .known = variables_supported() == 0 };
	if (!ret->known || variable_read(heap, VARIABLE_GLOBAL, "SecureBoot", &on, NULL) < 0)
		return;
	ret->on = on.len == 1 && on.at[0] == 1;
	if (variable_read(heap, VARIABLE_SECURITY, "db", &ret->db, NULL) < 0)
		ret->db = TEXT_EMPTY;
	if (variable_read(heap, VARIABLE_SECURITY, "dbx", &ret->dbx, NULL) < 0)
		ret->dbx = TEXT_EMPTY;
}
