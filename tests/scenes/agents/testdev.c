/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/testdev.h"

#include "arch/mmio.h"
#include "arch/panic.h"
#include "arch/pci.h"

/* QEMU's pci-testdev has the same ids; it has an I/O BAR besides. */
#define TESTDEV_VENDOR 0x1b36
#define TESTDEV_DEVICE 0x0005

/* BAR 0; all registers have 32 bits. */
enum {
	TESTDEV_REG_TRIGGER = 0x00, /* the transfer is made, and done, when this is read */
	TESTDEV_REG_ADDRESS = 0x04, /* translated; upper half behind it */
	TESTDEV_REG_LENGTH = 0x0c,
	TESTDEV_REG_RESULT = 0x10,
	TESTDEV_REG_ARM = 0x14,
	TESTDEV_REG_ATTRIBUTES = 0x18,
	TESTDEV_REG_BACK = 0x1c, /* where it reads back, untranslated; upper half behind it */
};

#define TESTDEV_IDLE  UINT32_C(0xffffffff)
#define TESTDEV_ARMED UINT32_C(0xfffffffe)

/* What it writes, over and over. */
enum { TESTDEV_TRANSFER_MAX_BYTES = 2048, TESTDEV_WORDS = TESTDEV_TRANSFER_MAX_BYTES / 4 };

static uint32_t words[TESTDEV_WORDS];

struct testdev {
	const struct pci_device *pci;
	volatile uint8_t *registers;
};

static struct testdev testdevs[AGENTS_MAX];

static void write_address(struct testdev *testdev, unsigned int reg, uint64_t address)
{
	mmio_write32(testdev->registers + reg, (uint32_t)address);
	mmio_write32(testdev->registers + reg + 4, (uint32_t)(address >> 32));
}

/* What it reads back, and thinks of that, is of no interest: it must be memory of ours, and is. */
static bool testdev_store(struct agent *agent, struct dma_address address, unsigned int offset,
			  unsigned int bytes)
{
	struct testdev *testdev = agent->device;
	uint32_t result;

	(void)offset;
	write_address(testdev, TESTDEV_REG_ADDRESS, address.iova.value);
	write_address(testdev, TESTDEV_REG_BACK, phys_of(words).value);
	mmio_write32(testdev->registers + TESTDEV_REG_LENGTH, bytes);
	mmio_write32(testdev->registers + TESTDEV_REG_ARM, 1);
	(void)mmio_read32(testdev->registers + TESTDEV_REG_TRIGGER);
	result = mmio_read32(testdev->registers + TESTDEV_REG_RESULT);
	return result != TESTDEV_IDLE && result != TESTDEV_ARMED;
}

static bool testdev_load(struct agent *agent, struct dma_address address, unsigned int offset,
			 unsigned int bytes)
{
	(void)address, (void)offset, (void)bytes;
	panic("a test reads through %s, which cannot: it needs AGENT_READ or AGENT_BUFFER",
	      agent->name);
}

static void testdev_set_bus_master(struct agent *agent, bool on)
{
	pci_set_bus_master(((struct testdev *)agent->device)->pci, on);
}

/* Arming it tells it from whatever else may have these ids. */
static bool behaves(volatile uint8_t *registers)
{
	bool is_one;

	mmio_write32(registers + TESTDEV_REG_ATTRIBUTES, 0);
	mmio_write32(registers + TESTDEV_REG_ARM, 0);
	is_one = mmio_read32(registers + TESTDEV_REG_RESULT) == TESTDEV_IDLE;
	mmio_write32(registers + TESTDEV_REG_ARM, 1);
	is_one = is_one && mmio_read32(registers + TESTDEV_REG_RESULT) == TESTDEV_ARMED;
	mmio_write32(registers + TESTDEV_REG_ARM, 0);
	return is_one;
}

static bool has_io_bar(const struct pci_device *device)
{
	const struct pci_bar bar = pci_bar_read(device, 1);

	return bar.bytes && !bar.is_memory;
}

bool testdev_find(struct agent *agent, unsigned int nth, const char **complaint)
{
	const struct pci_device *device = pci_find(TESTDEV_VENDOR, TESTDEV_DEVICE, nth);
	volatile uint8_t *registers;
	uint64_t bytes;

	*complaint = NULL;
	if (!device || nth >= AGENTS_MAX)
		return false;
	registers = has_io_bar(device) ? NULL : pci_bar_map(device, 0, &bytes);
	if (!registers || !behaves(registers)) {
		*complaint = registers ? "its registers are not those of iommu-testdev"
				       : "it is a pci-testdev, or its BAR 0 has no address";
		return false;
	}
	for (unsigned int i = 0; i < TESTDEV_WORDS; i++)
		words[i] = 0x12345678;
	testdevs[nth] = (struct testdev){ .pci = device, .registers = registers };
	*agent = (struct agent){
		.name = "iommu-testdev",
		.segment = device->segment,
		.function = (uint16_t)(device->bus << 8 | device->devfn),
		.sid = pci_requester_id(device),
		.limits = {
			.features = AGENT_ALONE,
			.transfer_max_bytes = TESTDEV_TRANSFER_MAX_BYTES,
			.granule_bytes = 4,
			.address_mask = UINT64_MAX,
			.writes = (const uint8_t *)words,
		},
		.load = testdev_load,
		.store = testdev_store,
		.set_bus_master = testdev_set_bus_master,
		.device = &testdevs[nth],
	};
	return true;
}
