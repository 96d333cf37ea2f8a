#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The unit by name, and its options in the spelling of any QEMU.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# A program that has this first line for a version, and these properties for its unit.
sub qemu_with {
	my ($version, @properties) = @_;
	my $help = join '', map { "  $_=<any>\\n" } @properties;
	my $file = scratch_file('qemu', <<~"END");
		#!/bin/sh
		case "\$*" in
		--version) echo 'QEMU emulator version $version' ;;
		*intel-iommu,help*) printf 'intel-iommu options:\\n$help' ;;
		*) echo "\$*" >&2; exit 1 ;;
		esac
		END
	chmod 0755, $file or die "$file: $!";
	return $file;
}

my $old = sub { qemu_with('10.0.1 (old)', qw(intremap caching-mode aw-bits x-scalable-mode x-flts x-pasid-mode)) };
my $new = sub { qemu_with('11.1.3 (new)', qw(intremap caching-mode aw-bits scalable-mode fsts pasid-bits svm)) };

# What QEMU is given for its unit, and what the user is told.
sub starts {
	my ($qemu, $options, $unit, $text) = @_;
	subtest "@$options" => sub {
		my $run = boot(options => $options, words => ['tests=dmar.checksum'], env => { QEMU => $qemu->() });
		ends_with($run, 2, "-device intel-iommu,$unit");
		if (defined $text) {
			ends_with($run, 2, $text);
		} else {
			unlike($run->{output}, qr/ is /, 'nothing is translated');
		}
	};
}

sub refused {
	my ($qemu, $options, $text) = @_;
	subtest "@$options" => sub {
		my $run = boot(options => $options, words => ['tests=dmar.checksum'], env => { QEMU => $qemu->() });
		ends_with($run, 2, "run.sh: $text");
		unlike($run->{output}, qr/-device/, 'nothing is started');
	};
}

my $rest = 'caching-mode=on,aw-bits=48';
starts($old, [], "intremap=on,x-scalable-mode=on,$rest");
starts($new, [], "intremap=on,scalable-mode=on,$rest");
starts($new, ['--unit', 'legacy'], "intremap=on,scalable-mode=on,$rest,scalable-mode=off");
starts($old, ['--unit', 'pasid'], "intremap=on,x-scalable-mode=on,$rest,x-pasid-mode=on");
starts($old, ['--unit', 'first-stage', '--iommu', 'aw-bits=39'],
	"intremap=on,x-scalable-mode=on,$rest,x-flts=on,aw-bits=39");
starts($new, ['--iommu', 'x-flts=on,x-pasid-mode=off,aw-bits=39'],
	"intremap=on,scalable-mode=on,$rest,fsts=on,pasid-bits=0,aw-bits=39",
	'--iommu: with QEMU 11.1.3, x-flts=on is fsts=on, x-pasid-mode=off is pasid-bits=0');
starts($old, ['--iommu', 'fsts'], "intremap=on,x-scalable-mode=on,$rest,x-flts=on", 'fsts=on is x-flts=on');
starts($old, ['--iommu', 'none', '--iommu', 'aw-bits=39'], "intremap=on,x-scalable-mode=on,$rest,aw-bits=39");

refused($old, ['--iommu', 'warp=on'], '--iommu: QEMU 10.0.1 has no property warp, but intremap caching-mode');
refused($old, ['--iommu', 'pasid-bits=20'], '--iommu: QEMU 10.0.1 has no property pasid-bits, but');
refused($old, ['--unit', 'svm'], '--unit svm: QEMU 10.0.1 has no property svm, but');
refused($old, ['--unit', 'scaleable'], '--unit scaleable: list, or one of scalable legacy first-stage ');
refused($old, ['--unit', 'legacy', '--iommu', 'none'], '--unit legacy: there is no unit with --iommu none');
refused(sub { qemu_with('9.9') }, [], 'this QEMU has no intel-iommu');
refused(sub { '/bin/true' }, [], 'no QEMU: /bin/true --version says: ');
refused(sub { '/bin/false' }, [], 'cannot run QEMU: /bin/false: ');

subtest 'the list tells what is lacking' => sub {
	local $ENV{QEMU} = $old->();
	my $list = qx(./run.sh --unit list 2>&1);
	is($?, 0, 'status 0');
	like($list, qr/^first-stage +yes +first stage in place/m, 'there by another name');
	like($list, qr/^svm +no svm +/m, 'not there');
	unlike($list, qr/.{81}/, 'fits 80 columns');
};

subtest 'what a program answers is kept until it is another file' => sub {
	my ($qemu) = grep { -x $_ } map { "$_/qemu-system-x86_64" } split /:/, $ENV{PATH};
	plan skip_all => 'no QEMU in PATH' if !$qemu;
	my $file = scratch_file('copy', '');
	unlink $file;
	symlink $qemu, $file or die "$file: $!";
	local $ENV{QEMU} = $file;
	my $first = qx(./run.sh --unit list);
	my $answer = 'build/qemu-answers/' . $file =~ s/\//+/gr;
	my $key = qx(head -n 1 $answer);
	my $change = sub { open my $out, '>', $answer or die "$answer: $!"; print $out @_; close $out };
	$change->($key, "QEMU emulator version 1.2.3\n", "scalable-mode intremap\n");
	like(scalar qx(./run.sh --unit list), qr/^scalable +no caching-mode/m, 'it is not asked again');
	$change->("other $key", "QEMU emulator version 1.2.3\n", "scalable-mode intremap\n");
	is(scalar qx(./run.sh --unit list), $first, 'another file is asked');
	unlink $answer;
};

done_testing();
