/* SPDX-License-Identifier: MIT */
#include "tests/scenes/difference.h"

#include "arch/print.h"
#include "arch/string.h"

void difference_add(struct difference *difference, const char *format, ...)
{
	size_t used = strlen(difference->text);
	size_t left = sizeof(difference->text) - used;
	va_list args;

	if (used)
		used += (size_t)print_to(difference->text + used, left, ", ");
	if (used >= sizeof(difference->text))
		return;
	va_start(args, format);
	print_format(difference->text + used, sizeof(difference->text) - used, format, args);
	va_end(args);
}

void difference_of_faults(struct difference *difference, const struct fault *seen,
			  const struct fault *wanted)
{
	if (seen->reason != wanted->reason)
		difference_add(difference, "reason %02X for %02X", seen->reason, wanted->reason);
	if (seen->sid != wanted->sid)
		difference_add(difference, "wrong source-id");
	if (seen->type != wanted->type && wanted->address_type != 1)
		difference_add(difference, "type %s for %s", fault_type_name(seen->type),
			       fault_type_name(wanted->type));
	if (seen->address != wanted->address)
		difference_add(difference, "wrong address");
	if (seen->has_pasid != wanted->has_pasid)
		difference_add(difference, "PP %u for %u", seen->has_pasid, wanted->has_pasid);
	if (seen->has_pasid && wanted->has_pasid && seen->pasid != wanted->pasid)
		difference_add(difference, "PASID %u for %u", seen->pasid, wanted->pasid);
	if (seen->has_pasid && seen->privileged != wanted->privileged)
		difference_add(difference, "PRIV %u for %u", seen->privileged, wanted->privileged);
	if (seen->has_pasid && seen->execute != wanted->execute)
		difference_add(difference, "EXE %u for %u", seen->execute, wanted->execute);
	if (seen->address_type != wanted->address_type && wanted->type != FAULT_PAGE_REQUEST)
		difference_add(difference, "AT %u for %u", seen->address_type,
			       wanted->address_type);
}
