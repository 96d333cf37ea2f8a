/* SPDX-License-Identifier: MIT */
#include "arch/acpi.h"

#include "arch/acpi_root.h"
#include "arch/paging.h"
#include "arch/print.h"
#include "arch/string.h"

#define RSDP_BYTES_V1	    20 /* ACPI 1.0: up to the RSDT's address */
#define RSDP_BYTES_V2	    36
#define FADT_PM_TIMER	    76
#define FADT_PM_TIMER_BYTES 91
#define FADT_X_PM_TIMER	    208 /* a generic address: space, width, offset, size, address */
#define SPACE_IO	    1

/* ACPI specification, "Root System Description Pointer (RSDP)". */
struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

_Static_assert(sizeof(struct rsdp) == RSDP_BYTES_V2, "layout of the RSDP");

static struct {
	const struct acpi_header *header;
	bool has_good_checksum;
} tables[ACPI_TABLES_MAX];
static unsigned count, lost_count;
static print_sink *sink;

static bool sums_to_zero(const void *data, size_t bytes)
{
	const uint8_t *at = data;
	uint8_t sum = 0;

	while (bytes--)
		sum = (uint8_t)(sum + *at++);
	return !sum;
}

/* A signature as text, whatever bytes it consists of. */
static const char *signature_text(const char signature[4], char text[5])
{
	unsigned i;

	for (i = 0; i < 4; i++)
		text[i] = signature[i] >= ' ' && signature[i] <= '~' ? signature[i] : '?';
	text[4] = '\0';
	return text;
}

/* All of the table at `address`, or NULL with a complaint. `what` says where the address came from. */
static const struct acpi_header *map_table(uint64_t address, const char *what)
{
	const struct acpi_header *header;
	char name[5];
	uint32_t length;

	if (!address) {
		print_report(sink, "%s is 0", what);
		return NULL;
	}
	header = paging_map_firmware(address, sizeof(*header));
	if (!header) {
		print_report(sink, "%s is %llx: no memory there in the memory map", what,
			     (unsigned long long)address);
		return NULL;
	}
	length = header->length;
	signature_text(header->signature, name);
	if (length < sizeof(*header)) {
		print_report(sink, "table %s at %llx: length %u is less than its header's %zu",
			     name, (unsigned long long)address, length, sizeof(*header));
		return NULL;
	}
	header = paging_map_firmware(address, length);
	if (!header)
		print_report(sink, "table %s at %llx: length %u reaches outside of the memory map",
			     name, (unsigned long long)address, length);
	return header;
}

static bool check_sum(const struct acpi_header *header, uint64_t address)
{
	char name[5];

	if (sums_to_zero(header, header->length))
		return true;
	print_report(sink, "table %s at %llx: wrong checksum over its %u bytes",
		     signature_text(header->signature, name), (unsigned long long)address,
		     header->length);
	return false;
}

static void add_table(uint64_t address, const char *what)
{
	const struct acpi_header *header = map_table(address, what);

	if (!header)
		return;
	if (count == ACPI_TABLES_MAX) {
		lost_count++;
		return;
	}
	tables[count].header = header;
	tables[count].has_good_checksum = check_sum(header, address);
	count++;
}

/* RSDT (entries of 4 bytes) or XSDT (8). */
static bool read_list(uint64_t address, const char *name, unsigned entry_bytes)
{
	char what[48];
	const struct acpi_header *list;
	unsigned bytes, i;

	print_to(what, sizeof(what), "the %s address in the RSDP", name);
	list = map_table(address, what);
	if (!list)
		return false;
	if (memcmp(list->signature, name, 4)) {
		print_report(sink, "%s at %llx: the signature there is '%s'", name,
			     (unsigned long long)address, signature_text(list->signature, what));
		return false;
	}
	if (!check_sum(list, address))
		return false;
	bytes = list->length - (unsigned)sizeof(*list);
	if (bytes % entry_bytes)
		print_report(sink, "%s at %llx: length %u is no whole number of entries", name,
			     (unsigned long long)address, list->length);
	for (i = 0; i < bytes / entry_bytes; i++) {
		uint64_t entry = 0;

		memcpy(&entry, (const uint8_t *)(list + 1) + i * entry_bytes, entry_bytes);
		print_to(what, sizeof(what), "entry %u of the %s", i, name);
		add_table(entry, what);
	}
	if (lost_count)
		print_report(sink,
			     "%s at %llx: %u tables more than the %u there is room for: left out",
			     name, (unsigned long long)address, lost_count, ACPI_TABLES_MAX);
	return true;
}

static const struct rsdp *search_rsdp(uint64_t *address)
{
	const struct rsdp *rsdp = acpi_search_root(address);

	if (!rsdp)
		print_report(sink,
			     "no ACPI root pointer (RSDP) was handed over at boot, and none is in "
			     "the EBDA or from E0000h to FFFFFh: --boot iso may find one");
	return rsdp;
}

/* The root pointer, or NULL with a complaint. */
static const struct rsdp *map_rsdp(uint64_t address)
{
	const struct rsdp *rsdp = paging_map_firmware(address, RSDP_BYTES_V1);

	if (!rsdp) {
		print_report(sink, "RSDP at %llx: no memory there in the memory map",
			     (unsigned long long)address);
		return NULL;
	}
	if (memcmp(rsdp->signature, "RSD PTR ", 8)) {
		print_report(sink, "RSDP at %llx: wrong signature", (unsigned long long)address);
		return NULL;
	}
	if (!sums_to_zero(rsdp, RSDP_BYTES_V1)) {
		print_report(sink, "RSDP at %llx: wrong checksum over its first %u bytes",
			     (unsigned long long)address, RSDP_BYTES_V1);
		return NULL;
	}
	return rsdp;
}

/* One that was searched for lies where no memory map needs to list anything. */
static bool is_mapped(uint64_t address, uint64_t bytes, bool was_found)
{
	return was_found ? paging_map_legacy(address, bytes) != NULL
			 : paging_map_firmware(address, bytes) != NULL;
}

/* Does it have the part that ACPI 2.0 added, in good shape? */
static bool has_extended_part(uint64_t address, const struct rsdp *rsdp, bool was_found)
{
	if (rsdp->revision < 2)
		return false;
	if (!is_mapped(address, RSDP_BYTES_V2, was_found) || rsdp->length < RSDP_BYTES_V2 ||
	    !is_mapped(address, rsdp->length, was_found)) {
		print_report(sink, "RSDP at %llx: revision %u, but its length does not fit",
			     (unsigned long long)address, rsdp->revision);
		return false;
	}
	if (!sums_to_zero(rsdp, rsdp->length)) {
		print_report(sink, "RSDP at %llx: wrong extended checksum over its %u bytes",
			     (unsigned long long)address, rsdp->length);
		return false;
	}
	return true;
}

bool acpi_init(uint64_t address, print_sink *report)
{
	const bool is_given = address != 0;
	const struct rsdp *rsdp;

	sink = report;
	count = 0;
	lost_count = 0;
	rsdp = is_given ? map_rsdp(address) : search_rsdp(&address);
	if (!rsdp)
		return false;
	if (has_extended_part(address, rsdp, !is_given) && rsdp->xsdt &&
	    read_list(rsdp->xsdt, "XSDT", 8))
		return true;
	return read_list(rsdp->rsdt, "RSDT", 4);
}

const struct acpi_header *acpi_find(const char signature[4], unsigned index)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		if (!memcmp(tables[i].header->signature, signature, 4) && !index--)
			return tables[i].header;
	}
	return NULL;
}

bool acpi_has_good_checksum(const struct acpi_header *table)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		if (tables[i].header == table)
			return tables[i].has_good_checksum;
	}
	return false;
}

unsigned acpi_count(void)
{
	return count;
}

const struct acpi_header *acpi_get(unsigned index)
{
	return index < count ? tables[index].header : NULL;
}

uint16_t acpi_pm_timer_port(void)
{
	const struct acpi_header *header = acpi_find("FACP", 0);
	const uint8_t *fadt = (const uint8_t *)header;
	uint64_t address = 0;

	if (!header || header->length < FADT_PM_TIMER_BYTES + 1 || fadt[FADT_PM_TIMER_BYTES] != 4)
		return 0;
	if (header->length >= FADT_X_PM_TIMER + 12 && fadt[FADT_X_PM_TIMER] == SPACE_IO)
		memcpy(&address, fadt + FADT_X_PM_TIMER + 4, sizeof(address));
	if (!address)
		memcpy(&address, fadt + FADT_PM_TIMER, 4);
	return address <= 0xfffc ? (uint16_t)address : 0;
}
