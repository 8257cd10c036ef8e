#!/bin/sh
# The kernels were compiled when the image was built. numba keeps none in a folder that it cannot write to, and the root of
# a running container is read-only: so they are copied to where it can.
set -eu
mkdir -p "$NUMBA_CACHE_DIR"
cp -R /opt/clew/kernels/. "$NUMBA_CACHE_DIR"
exec clew "$@"
