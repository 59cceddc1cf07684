// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media types.
 *
 * Asked when the head lines of a file are prepared, for extensions that the administrator has not
 * given a type of his own.  The table names no character set, because the server does not look
 * into the files.  Constant, so no locks.
 */
#include "mime.h"

#include "chars.h"

#define MIME(extension, type) { extension, type, sizeof(extension) - 1, sizeof(type) - 1 }

/* In the order of the extensions, which the lookup relies on. */
static const struct http_mime types[] = {
	MIME("7z", "application/x-7z-compressed"),
	MIME("aac", "audio/aac"),
	MIME("apng", "image/apng"),
	MIME("atom", "application/atom+xml"),
	MIME("avi", "video/x-msvideo"),
	MIME("avif", "image/avif"),
	MIME("bin", "application/octet-stream"),
	MIME("bmp", "image/bmp"),
	MIME("bz2", "application/x-bzip2"),
	MIME("c", "text/x-csrc"),
	MIME("cc", "text/x-c++src"),
	MIME("conf", "text/plain"),
	MIME("cpp", "text/x-c++src"),
	MIME("crt", "application/x-x509-ca-cert"),
	MIME("css", "text/css"),
	MIME("csv", "text/csv"),
	MIME("deb", "application/vnd.debian.binary-package"),
	MIME("diff", "text/x-diff"),
	MIME("dll", "application/octet-stream"),
	MIME("dmg", "application/octet-stream"),
	MIME("doc", "application/msword"),
	MIME("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
	MIME("dtd", "application/xml-dtd"),
	MIME("dvi", "application/x-dvi"),
	MIME("eot", "application/vnd.ms-fontobject"),
	MIME("eps", "application/postscript"),
	MIME("epub", "application/epub+zip"),
	MIME("exe", "application/octet-stream"),
	MIME("flac", "audio/flac"),
	MIME("flv", "video/x-flv"),
	MIME("gif", "image/gif"),
	MIME("gz", "application/gzip"),
	MIME("h", "text/x-chdr"),
	MIME("htm", "text/html"),
	MIME("html", "text/html"),
	MIME("ico", "image/vnd.microsoft.icon"),
	MIME("ics", "text/calendar"),
	MIME("img", "application/octet-stream"),
	MIME("iso", "application/x-iso9660-image"),
	MIME("jar", "application/java-archive"),
	MIME("java", "text/x-java"),
	MIME("jp2", "image/jp2"),
	MIME("jpe", "image/jpeg"),
	MIME("jpeg", "image/jpeg"),
	MIME("jpg", "image/jpeg"),
	MIME("js", "text/javascript"),
	MIME("json", "application/json"),
	MIME("jsonld", "application/ld+json"),
	MIME("jxl", "image/jxl"),
	MIME("log", "text/plain"),
	MIME("m3u", "audio/mpegurl"),
	MIME("m3u8", "application/vnd.apple.mpegurl"),
	MIME("m4a", "audio/mp4"),
	MIME("m4v", "video/mp4"),
	MIME("map", "application/json"),
	MIME("markdown", "text/markdown"),
	MIME("md", "text/markdown"),
	MIME("mid", "audio/midi"),
	MIME("midi", "audio/midi"),
	MIME("mjs", "text/javascript"),
	MIME("mkv", "video/x-matroska"),
	MIME("mml", "application/mathml+xml"),
	MIME("mov", "video/quicktime"),
	MIME("mp3", "audio/mpeg"),
	MIME("mp4", "video/mp4"),
	MIME("mpeg", "video/mpeg"),
	MIME("mpg", "video/mpeg"),
	MIME("mpga", "audio/mpeg"),
	MIME("odp", "application/vnd.oasis.opendocument.presentation"),
	MIME("ods", "application/vnd.oasis.opendocument.spreadsheet"),
	MIME("odt", "application/vnd.oasis.opendocument.text"),
	MIME("oga", "audio/ogg"),
	MIME("ogg", "audio/ogg"),
	MIME("ogv", "video/ogg"),
	MIME("ogx", "application/ogg"),
	MIME("opus", "audio/ogg"),
	MIME("otf", "font/otf"),
	MIME("patch", "text/x-diff"),
	MIME("pdf", "application/pdf"),
	MIME("pem", "application/x-x509-ca-cert"),
	MIME("pl", "text/x-perl"),
	MIME("png", "image/png"),
	MIME("pnm", "image/x-portable-anymap"),
	MIME("ppm", "image/x-portable-pixmap"),
	MIME("ppt", "application/vnd.ms-powerpoint"),
	MIME("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
	MIME("ps", "application/postscript"),
	MIME("py", "text/x-python"),
	MIME("qt", "video/quicktime"),
	MIME("rar", "application/vnd.rar"),
	MIME("rpm", "application/x-rpm"),
	MIME("rss", "application/rss+xml"),
	MIME("rtf", "application/rtf"),
	MIME("sh", "application/x-sh"),
	MIME("so", "application/octet-stream"),
	MIME("svg", "image/svg+xml"),
	MIME("svgz", "image/svg+xml"),
	MIME("swf", "application/vnd.adobe.flash.movie"),
	MIME("tar", "application/x-tar"),
	MIME("tex", "text/x-tex"),
	MIME("text", "text/plain"),
	MIME("tgz", "application/gzip"),
	MIME("tif", "image/tiff"),
	MIME("tiff", "image/tiff"),
	MIME("torrent", "application/x-bittorrent"),
	MIME("ts", "video/mp2t"),
	MIME("ttf", "font/ttf"),
	MIME("txt", "text/plain"),
	MIME("vtt", "text/vtt"),
	MIME("wasm", "application/wasm"),
	MIME("wav", "audio/x-wav"),
	MIME("weba", "audio/webm"),
	MIME("webm", "video/webm"),
	MIME("webmanifest", "application/manifest+json"),
	MIME("webp", "image/webp"),
	MIME("woff", "font/woff"),
	MIME("woff2", "font/woff2"),
	MIME("xhtml", "application/xhtml+xml"),
	MIME("xls", "application/vnd.ms-excel"),
	MIME("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
	MIME("xml", "application/xml"),
	MIME("xpm", "image/x-xpixmap"),
	MIME("xsl", "application/xslt+xml"),
	MIME("xslt", "application/xslt+xml"),
	MIME("xz", "application/x-xz"),
	MIME("yaml", "application/yaml"),
	MIME("yml", "application/yaml"),
	MIME("zip", "application/zip"),
	MIME("zst", "application/zstd"),
};

static u8 lower(char byte)
{
	u8 letter = byte;

	return (u8)(letter - 'A') < 26 ? letter | 0x20 : letter;
}

const char *http_mime_extension(const char *path, size_t length, size_t *extension_length)
{
	const char *end = path + length;
	const char *extension = NULL;
	const char *at = end;

	*extension_length = 0;
	while (at > path && at[-1] != '/') {
		at--;
		if (*at == '.' && !extension)
			extension = at + 1;
	}
	/* Dots at the beginning of the segment only hide the file. */
	while (at < end && *at == '.')
		at++;
	if (!extension || extension <= at || extension == end)
		return NULL;
	*extension_length = end - extension;
	return extension;
}

u32 http_mime_hash(const char *extension, size_t length)
{
	u32 hash = 2166136261u;
	size_t i;

	for (i = 0; i < length; i++)
		hash = (hash ^ lower(extension[i])) * 16777619u;
	return hash;
}

static int compare(const char *extension, size_t length, const struct http_mime *row)
{
	size_t i;

	for (i = 0; i < length && i < row->extension_length; i++) {
		int difference = lower(extension[i]) - (u8)row->extension[i];

		if (difference)
			return difference;
	}
	return (int)(i < length) - (int)(i < row->extension_length);
}

const struct http_mime *http_mime_find(const char *extension, size_t length)
{
	size_t from = 0;
	size_t to = ARRAY_SIZE(types);

	while (from < to) {
		size_t middle = (from + to) / 2;
		int order = compare(extension, length, &types[middle]);

		if (!order)
			return &types[middle];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}
