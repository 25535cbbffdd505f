"""The process where untrusted media meets native code: packets in, fragments of MP4 out.

It knows neither Django nor the rest of the product, only `video.media`. `process` is its main
function, `packets` the seam between what it reads (Matroska, RTP) and what it makes of it.
"""
