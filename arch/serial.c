/* SPDX-License-Identifier: MIT */
#include "arch/serial.h"

#include "arch/cpu.h"
#include "arch/mmio.h"

enum {
	REG_DATA = 0,	   /* divisor low while DLAB */
	REG_INTERRUPT = 1, /* divisor high while DLAB */
	REG_FIFO = 2,
	REG_LINE = 3,
	REG_MODEM = 4,
	REG_STATUS = 5,
	REG_SCRATCH = 7,
};

#define LINE_8N1	 0x03
#define LINE_DLAB	 0x80
#define FIFO_BYTES	 16
#define FIFO_WORKS	 0xc0 /* read back from a 16550A; older ones have none */
#define FIFO_ON_CLEARED	 0x07
#define MODEM_READY	 0x03 /* DTR RTS */
#define MODEM_LOOP	 0x1e
#define STATUS_DATA	 0x01
#define STATUS_CAN_SEND	 0x20
#define STATUS_ALL_SENT	 0x40
#define DIVISOR_115200	 1
#define STATUS_READS_MAX 200000u /* a tenth of a second and more; a character takes 87 us */

static bool present, in_memory;
static uintptr_t base;
static unsigned stride;
static unsigned burst_bytes = 1;

static uint8_t read(unsigned reg)
{
	if (in_memory)
		return mmio_read8((const void *)(base + reg * stride));
	return cpu_in8((uint16_t)(base + reg));
}

static void write(unsigned reg, uint8_t value)
{
	if (in_memory)
		mmio_write8((void *)(base + reg * stride), value);
	else
		cpu_out8((uint16_t)(base + reg), value);
}

/* Polls the line status register: there may be no clock to measure time with yet. */
static bool wait_status(uint8_t bits)
{
	unsigned reads;

	for (reads = 0; reads < STATUS_READS_MAX; reads++) {
		if ((read(REG_STATUS) & bits) == bits)
			return true;
	}
	return false;
}

static bool has_scratch(uint8_t value)
{
	write(REG_SCRATCH, value);
	return read(REG_SCRATCH) == value;
}

static bool echoes(uint8_t value)
{
	bool same;

	write(REG_MODEM, MODEM_LOOP);
	write(REG_DATA, value);
	same = wait_status(STATUS_DATA) && read(REG_DATA) == value;
	write(REG_MODEM, MODEM_READY);
	return same;
}

static bool start(void)
{
	present = has_scratch(0x5a) && has_scratch(0xa5);
	if (!present)
		return false;
	wait_status(STATUS_ALL_SENT); /* what the firmware still has in the queue */
	write(REG_INTERRUPT, 0);
	write(REG_LINE, LINE_DLAB | LINE_8N1);
	write(REG_DATA, DIVISOR_115200);
	write(REG_INTERRUPT, 0);
	write(REG_LINE, LINE_8N1);
	write(REG_FIFO, FIFO_ON_CLEARED);
	burst_bytes = (read(REG_FIFO) & FIFO_WORKS) == FIFO_WORKS ? FIFO_BYTES : 1;
	present = echoes(0xae);
	return present;
}

bool serial_init_port(uint16_t port)
{
	in_memory = false;
	base = port;
	return start();
}

bool serial_init_mmio(uint64_t address, unsigned stride_bytes)
{
	in_memory = true;
	base = address;
	stride = stride_bytes;
	return start();
}

/* An empty queue takes a whole burst without another look. */
void serial_write(const char *text, size_t bytes)
{
	while (present && bytes) {
		size_t burst = bytes < burst_bytes ? bytes : burst_bytes;

		present = wait_status(STATUS_CAN_SEND);
		for (bytes -= burst; burst; burst--)
			write(REG_DATA, (uint8_t)*text++);
	}
}

void serial_drain(void)
{
	if (present)
		wait_status(STATUS_ALL_SENT);
}
