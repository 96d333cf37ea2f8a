#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Processors as firmware may leave them: several, of which one runs this and the others are left alone; an APIC id that is
# not 0; ids of more than 8 bits, with the x2APIC on; five levels of paging.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my $interrupts = 'tests=ir.*,event.*,*interrupt-*';

# What reached APICs: the destinations of messages, and the commands by which a processor interrupts others.
sub boot_traced {
	my ($qemu, @words) = @_;
	my $file = scratch_file('trace', '');
	my $run = boot(words => \@words, qemu => ['-smp', 4, '-trace', "apic_*,file=$file"], env => { QEMU => $qemu->{command} });
	open my $trace, '<', $file or die "$file: $!";
	while (<$trace>) {
		$run->{to}{"$2 $1"}++ if /^apic_deliver_irq dest (\d+) dest_mode ([01])/m;
		push @{ $run->{commands} }, hex $1 if /write.* 0x30\d? = 0x(\w+)/;
	}
	return $run;
}

# The kinds of commands to others than who gives them.
sub to_others { my ($run) = @_; my %kinds = map { $_ => 1 } grep { ($_ >> 18 & 3) != 1 } @{ $run->{commands} }; return [sort keys %kinds] }

sub boot_with_ids {
	my ($qemu) = @_;
	my $other = 'max-x86_64-cpu,socket-id=287,core-id=0,thread-id=0,x2apic=on';
	return boot(options => ['--iommu', 'eim=on', '--boot', 'efi'], words => [$interrupts], env => { QEMU => $qemu->{command} },
		qemu => ['-cpu', 'max,+x2apic', '-smp', '1,sockets=288,maxcpus=288', '-device', $other]);
}

# Firmware tries a stick first on which nothing is but this.
sub boot_after {
	my ($qemu, $what, @more) = @_;
	my @stick;
	if ($what) {
		my ($application, $stick) = (scratch_file('prelude.efi', ''), scratch_file('prelude.img', ''));
		system('nasm', '-f', 'bin', "-d$what", '-o', $application, 'tests/vm/prelude.asm') == 0 or die 'nasm';
		system("mformat -C -f 1440 -i $stick :: && mmd -i $stick ::/EFI ::/EFI/BOOT &&"
			. " mcopy -o -i $stick $application ::/EFI/BOOT/BOOTX64.EFI") == 0 or die 'mtools';
		@stick = ('-drive', "file=$stick,format=raw,if=none,id=prelude", '-device', 'virtio-blk,drive=prelude');
	}
	return boot(options => ['--boot', 'efi'], words => [$interrupts, 'skip=reset.*'], qemu => [@stick, @more],
		env => $qemu->{command} ? { QEMU => $qemu->{command} } : {});
}

for my $qemu (qemus()) {
	subtest "QEMU $qemu->{version}: nothing goes to the other processors" => sub {
		my $run = boot_traced($qemu, 'skip=fuzz.*');
		ends_with($run, 0, 'PASS');
		says($run, qr/^# processor: xAPIC id 0, 4 levels .*; 3 others, with ids up to 3, left alone\r?$/m);
		is(result($run, $_), 'ok', $_) for 'ir.destination', 'isolation.legacy-interrupt-write-pages';
		cmp_ok($run->{to}{'0 0'}, '>', 100, 'messages to this one are seen');
		cmp_ok($run->{to}{'0 5'}, '>', 0, 'and those to nobody');
		is_deeply([grep { $run->{to}{$_} } '0 1', '0 2', '0 3', '0 255', map { "1 $_" } 2 .. 255], [], 'by message');
		is_deeply(to_others($run), to_others(boot_traced($qemu, 'list')), 'by command: what firmware does alone');
	};

	subtest "QEMU $qemu->{version}: APIC id 5" => sub {
		my ($plain, $run) = map { boot_after($qemu, $_) } '', 'APIC_ID=5';
		ends_with($run, 0, 'PASS');
		says($run, qr/^# processor: xAPIC id 5,/m);
		my ($small, @others) = ('ir.off-table-unused', map { [grep { !/off-table-unused/ } ids($_)] } $run, $plain);
		is_deeply(@others, 'the results are those of id 0');
		is(result($run, $small), 'skipped', "but for $small, which needs an id below 4");
	};

	subtest "QEMU $qemu->{version}: an id above 255" => sub {
		my $run = boot_with_ids($qemu);
		plan skip_all => 'its processors have no x2APIC' if $run->{status} == 2;
		ends_with($run, 0, 'PASS');
		says($run, qr/^# processor: x2APIC, found on, with id 0, .*; 1 other, with ids up to 287, left alone\r?$/m);
		is(result($run, $_), 'ok', $_) for 'ir.request', 'ir.destination', 'ir.logical';
	};
}

subtest 'five levels of paging' => sub {
	my ($plain, $run) = map { boot_after({}, $_, '-cpu', 'max', '-m', '6G') } '', 'FIVE_LEVELS=1';
	ends_with($run, 0, 'PASS');
	says($plain, qr/^# processor: xAPIC id 0, 4 levels of paging,/m);
	says($run, qr/^# processor: xAPIC id 0, 5 levels of paging,/m);
	is_deeply([ids($run)], [ids($plain)], 'the results are those of four');
};
done_testing();
