package alb

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// serverName is what a load balancer calls itself in the answers that it makes itself.
const serverName = "awselb/2.0"

// ServeHTTP answers a request that came in on the listener, as AWS describes it at this moment.
func (ll *localListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := ll.alb.current.Load()
	l, known := now.listeners[ll.arn]
	if !known { // deleted while the request was on its way
		ll.fail(w, l, http.StatusServiceUnavailable)
		return
	}
	rule, found := choose(l.rules, r)
	if !found {
		ll.fail(w, l, http.StatusInternalServerError)
		return
	}
	action := rule.Actions[len(rule.Actions)-1] // the last is the one that answers; the others authenticate
	switch action.Type {
	case types.ActionTypeEnumForward:
		ll.forward(w, r, l, now, action)
	case types.ActionTypeEnumRedirect:
		ll.alb.meter.count("HTTP_Redirect_Count", l.balancer.dimension, "")
		redirect(w, r, l, action.RedirectConfig)
	case types.ActionTypeEnumFixedResponse:
		ll.alb.meter.count("HTTP_Fixed_Response_Count", l.balancer.dimension, "")
		fixed(w, action.FixedResponseConfig)
	default:
		// Saying so beats an answer that only looks right.
		w.Header().Set("Server", serverName)
		http.Error(w, fmt.Sprintf("the emulated load balancer has no %s action", action.Type), http.StatusNotImplemented)
	}
}

// fail answers for the load balancer itself, with AWS's own page.
func (ll *localListener) fail(w http.ResponseWriter, l listener, status int) {
	if status >= http.StatusInternalServerError {
		ll.alb.meter.count("HTTPCode_ELB_5XX_Count", l.balancer.dimension, "")
		ll.alb.meter.count(fmt.Sprintf("HTTPCode_ELB_%d_Count", status), l.balancer.dimension, "")
	}
	page(w, status)
}

// titles are those of AWS's pages, where they differ from Go's names of the codes.
var titles = map[int]string{
	http.StatusServiceUnavailable: "Service Temporarily Unavailable",
	http.StatusGatewayTimeout:     "Gateway Time-out",
}

func page(w http.ResponseWriter, status int) {
	title := titles[status]
	if title == "" {
		title = http.StatusText(status)
	}
	text := fmt.Sprintf("%d %s", status, title)
	body := "<html>\r\n<head><title>" + text + "</title></head>\r\n<body>\r\n<center><h1>" + text + "</h1></center>\r\n</body>\r\n</html>\r\n"
	w.Header().Set("Server", serverName)
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// redirect sends the client elsewhere. AWS always names the port.
func redirect(w http.ResponseWriter, r *http.Request, l listener, to *types.RedirectActionConfig) {
	protocol := "HTTP"
	if l.secure {
		protocol = "HTTPS"
	}
	fill := strings.NewReplacer("#{protocol}", strings.ToLower(protocol), "#{host}", hostname(r), "#{port}", strconv.Itoa(l.port),
		"#{path}", strings.TrimPrefix(r.URL.EscapedPath(), "/"), "#{query}", r.URL.RawQuery)
	part := func(given *string, usual string) string {
		if aws.ToString(given) != "" {
			usual = *given
		}
		return fill.Replace(usual)
	}
	target := fmt.Sprintf("%s://%s:%s%s", strings.ToLower(part(to.Protocol, "#{protocol}")), part(to.Host, "#{host}"),
		part(to.Port, "#{port}"), part(to.Path, "/#{path}"))
	if query := part(to.Query, "#{query}"); query != "" {
		target += "?" + query
	}
	w.Header().Set("Location", target)
	status := http.StatusFound
	if to.StatusCode == types.RedirectActionStatusCodeEnumHttp301 {
		status = http.StatusMovedPermanently
	}
	page(w, status)
}

func fixed(w http.ResponseWriter, answer *types.FixedResponseActionConfig) {
	status, err := strconv.Atoi(aws.ToString(answer.StatusCode))
	if err != nil || status < 200 || status > 599 {
		status = http.StatusInternalServerError
	}
	body := aws.ToString(answer.MessageBody)
	w.Header().Set("Server", serverName)
	if kind := aws.ToString(answer.ContentType); kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
