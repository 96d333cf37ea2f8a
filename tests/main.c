/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/boot_info.h"
#include "arch/console.h"
#include "arch/exit.h"
#include "arch/page.h"
#include "arch/pci.h"
#include "arch/print.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "arch/version.h"

static void report(const char *message)
{
	print("# %s\n", message);
}

static void loop(void *arg)
{
	(void)arg;
	for (;;)
		asm volatile("" : : : "memory");
}

static void wild_read(void *arg)
{
	*(volatile int *)arg;
}

static void undefined(void *arg)
{
	(void)arg;
	asm volatile("ud2");
}

static void overflow(void *arg)
{
	volatile char space[4096];

	space[0] = 1;
	if (*(volatile int *)arg)
		overflow(arg);
	space[1] = space[0];
}

static void sleep_long(void *arg)
{
	(void)arg;
	time_idle_us(5000000);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void guarded(const char *name, void (*fn)(void *), void *arg)
{
	struct trap_report r;
	const bool ok = trap_guard(fn, arg, 100000, &r);

	print("# guard %s: %s, %s vector %x error %llx rip %llx cr2 %llx\n", name,
	      ok ? "finished" : "cut short", r.name, r.vector, (unsigned long long)r.error_code,
	      (unsigned long long)(r.rip - trap_load_offset()), (unsigned long long)r.cr2);
}

void kernel_main(const struct boot_info *boot)
{
	uint64_t start;
	unsigned i;

	print("vtdcheck %s route %s serial %s\n# words '%s', module %zu bytes\n", version_text,
	      boot->route, console_name(), boot->command_line, boot->module_bytes);
	print("# fb %llx %ux%u\n", (unsigned long long)boot->framebuffer.base,
	      boot->framebuffer.width, boot->framebuffer.height);
	for (size_t n = 0; n < boot->range_count; n++)
		print("# range %llx + %llx type %d\n", (unsigned long long)boot->ranges[n].base,
		      (unsigned long long)boot->ranges[n].bytes, boot->ranges[n].type);
	print("# pages %zu free %zu in use %zu\n", page_total_count(), page_free_count(),
	      page_in_use_count());
	acpi_init(boot->rsdp, report);
	for (i = 0; i < acpi_count(); i++)
		print("# table %.4s at %p, %u bytes\n", acpi_get(i)->signature,
		      (const void *)acpi_get(i), acpi_get(i)->length);
	pci_enumerate(report);
	for (i = 0; i < pci_count(); i++) {
		const struct pci_device *d = pci_get(i);

		print("# %s %04x:%04x class %06x type %u buses %u-%u parent %d bm %d msi %x\n",
		      pci_name(d), d->vendor, d->device, d->class_code, d->header_type,
		      d->secondary, d->subordinate, d->parent, d->was_bus_master,
		      pci_find_capability(d, PCI_CAP_MSI));
	}
	print("# tsc %llu Hz by %s, apic %u x2apic %d\n", (unsigned long long)time_tsc_hz(),
	      time_source(), apic_id(), apic_is_x2apic());
	start = time_now_us();
	time_idle_us(100000);
	print("# idle 100 ms took %llu us\n", (unsigned long long)(time_now_us() - start));
	start = time_now_us();
	time_delay_us(10000);
	print("# delay 10 ms took %llu us\n", (unsigned long long)(time_now_us() - start));
	guarded("nothing", nothing, NULL);
	guarded("loop", loop, NULL);
	guarded("wild", wild_read, (void *)0x700000000000);
	guarded("ud", undefined, NULL);
	guarded("overflow", overflow, &(int){ 1 });
	guarded("sleep", sleep_long, NULL);
	guarded("loop again", loop, NULL);
	start = time_now_us();
	time_idle_us(20000);
	print("# idle 20 ms took %llu us, stray %llu\n",
	      (unsigned long long)(time_now_us() - start), (unsigned long long)trap_stray_count());
	print("# end crc32 %08x\n", console_crc32());
	exit_machine(EXIT_PASS);
}
